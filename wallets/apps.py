from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "wallets"
    verbose_name = "Wallets"

    def ready(self) -> None:
        from accounts import hooks
        from wallets import export, figures, services

        export.register()
        figures.register()
        hooks.opened.register(services.open_wallet)
        hooks.verified.register(services.credit_signup_bonus)
