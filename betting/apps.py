from django.apps import AppConfig


class BettingConfig(AppConfig):
    name = "betting"
    verbose_name = "Betting"

    def ready(self) -> None:
        from betting import checks, settlement
        from games import hooks
        from quantix import periodic
        from wallets import reconcile

        hooks.session_ended.register(settlement.settle_session)
        periodic.register(5, settlement.finish_settling)
        reconcile.register(*checks.EVERY)
