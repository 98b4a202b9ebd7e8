from django.apps import AppConfig


class BettingConfig(AppConfig):
    name = "betting"
    verbose_name = "Betting"

    def ready(self) -> None:
        from betting import books, checks, export, figures, resolving, settlement
        from betting.links import finding
        from betting.standing import ranking, seasons, tallying
        from games import hooks
        from quantix import periodic
        from wallets import reconcile

        export.register()
        figures.register()
        hooks.session_ended.register(settlement.settle_session)
        hooks.event_saved.register(books.open_books)
        hooks.event_opening.register(resolving.refuse_while_proposed)
        periodic.register(1, settlement.finish_settling)
        periodic.register(1, tallying.tally_ended)
        periodic.register(10, ranking.rank_due, is_long=True)
        periodic.register(60, seasons.archive_ended, is_long=True)
        periodic.register(600, finding.search_nightly, is_long=True)
        reconcile.register(*checks.EVERY)
