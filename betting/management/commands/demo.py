"""`manage.py demo`: the demo's people, games, events and history; nothing is doubled the second time."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from betting.demo import content, people, standing
from betting.demo.history import DAYS, SESSIONS_MAX, History
from betting.links.finding import search_day
from quantix import clock
from quantix.db import in_one_transaction
from wallets import reconcile


class Command(BaseCommand):
    help = "Load the demo content, once. Refused with DEBUG off: its passwords are public."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sessions", type=int, default=SESSIONS_MAX, help="how many sessions each plays at most"
        )

    def handle(self, *, sessions: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is not loaded with DEBUG off: its passwords are public.")
        if people.is_there():
            self.stdout.write("Demo: is there already.")
            return
        self.stdout.write("Demo: loading questions, games, people and two months of play (half a minute) …")
        # All or nothing: a demo that was stopped half way is loaded anew the next time.
        steps = in_one_transaction(lambda: self.load(sessions))
        reconcile.run()
        self.stdout.write(f"Demo: {steps} steps of history, {len(content.EVENTS)} events to bet on. Ready.")

    def load(self, sessions_max: int) -> int:
        now = clock.now()
        with clock.set_to(now - timedelta(days=DAYS, hours=1)):
            cast = people.make()
        with clock.set_to(now - timedelta(days=2 * DAYS, hours=1)):
            questions = content.load_bank()
            games, dailies = content.make_games(cast.games), content.make_dailies(cast.games)
            people.register_bot(cast.owner)
        made = len(games) + len(dailies)
        self.stdout.write(f"Demo: {questions} questions, {made} games, {len(cast.players)} players.")
        steps = History(cast, games, dailies, now, sessions_max=sessions_max).live()
        standing.fill(cast.games, now)
        search_day(timezone.localtime(now))
        return steps
