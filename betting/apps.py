from django.apps import AppConfig


class BettingConfig(AppConfig):
    name = "betting"
    verbose_name = "Betting"

    def ready(self) -> None:
        from betting import settlement
        from games import hooks

        hooks.session_ended.register(settlement.settle_session)
