from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import export, figures
        from accounts.services import sign_ins, signin, signup
        from quantix import periodic

        export.register()
        figures.register()
        periodic.register(600, signup.delete_lapsed)
        periodic.register(3600, sign_ins.forget_old)
        periodic.register(30, signin.lift_past_suspensions)
