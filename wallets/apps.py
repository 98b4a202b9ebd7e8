from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "wallets"
    verbose_name = "Wallets"

    def ready(self) -> None:
        from accounts import hooks
        from quantix import periodic
        from wallets import export, figures, reconciling, services

        export.register()
        figures.register()
        periodic.register(60, reconciling.ask_nightly)
        periodic.register(1, reconciling.start_due)
        hooks.opened.register(services.open_wallet)
        hooks.verified.register(services.credit_signup_bonus)
