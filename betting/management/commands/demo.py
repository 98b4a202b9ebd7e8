"""`manage.py demo`: the demo's people, games, events and history; nothing is doubled the second time."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from betting.demo import content, people
from betting.demo.history import DAYS, History
from quantix import clock
from quantix.db import in_one_transaction


class Command(BaseCommand):
    help = "Load the demo content, once. Refused with DEBUG off: its passwords are public."

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is not loaded with DEBUG off: its passwords are public.")
        if people.is_there():
            self.stdout.write("Demo: is there already.")
            return
        self.stdout.write("Demo: loading questions, games, people and a month of play (half a minute) …")
        # All or nothing: a demo that was stopped half way is loaded anew the next time.
        steps = in_one_transaction(self.load)
        self.stdout.write(f"Demo: {steps} steps of history, {len(content.EVENTS)} events to bet on. Ready.")

    def load(self) -> int:
        now = clock.now()
        with clock.set_to(now - timedelta(days=DAYS, hours=1)):
            report = content.load_bank()
            cast = people.make()
            games = content.make_games(cast.games)
        self.stdout.write(
            f"Demo: {report.created} questions, {len(games)} games, {len(cast.players)} players."
        )
        return History(cast, games, now).live()
