"""What waits for staff in the demo, so that each queue of the front page has something: events that are not on offer or
open later, a large result that a colleague has told, and a correction that came when the money was spent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from accounts.models import User
from betting import events, resolving, services, settlement
from betting.demo import content
from betting.demo.people import Cast
from games.models import Game
from games.services.events import change_game
from quantix import clock
from wallets.models import Wallet

Event = tuple[str, str, str, content.Options, str, float, float]
Allowance = Callable[[User, str, str], None]

DRAFT: Event = (
    "Sports day: the relay",
    "sport",
    "Which house wins the mixed relay of sports day?",
    [("nilgiri", "Nilgiri", "2.60"), ("kaveri", "Kaveri", "2.80"), ("wayanad", "Wayanad", "3.40")],
    "The finish judge's sheet.",
    1,
    9,
)
UPCOMING: Event = (
    "Convocation: length of the speech",
    "campus",
    "Does the guest's convocation speech take longer than twenty minutes?",
    [("longer", "Longer", "1.75"), ("shorter", "Twenty or less", "2.10")],
    "The recording, from the first word to the last.",
    2,
    11,
)
#: Told wrongly at first.
MISTOLD: Event = (
    "Quiz bowl: the tie-break",
    "campus",
    "Which team wins the tie-break of the quiz bowl?",
    [("bayes", "Team Bayes", "3.00"), ("gauss", "Team Gauss", "1.45")],
    "The quizmaster's announcement on the forum.",
    -6,
    -3,
)
#: Pooled, with stakes above RESOLVE_CONFIRM_FROM.
LARGE = "Fest night: the headliner"
LARGE_MAX = Decimal(5000)
_LARGE = {
    "mechanism": "pool",
    "category": "campus",
    "criteria": "The fest team's poster, once it is out.",
    "options": [
        {"id": "band", "label": "A band"},
        {"id": "comedian", "label": "A comedian"},
        {"id": "dj", "label": "A DJ"},
    ],
    "stakes": {"min": "1.00", "max": f"{LARGE_MAX:.2f}"},
}
#: Who backs what in it, by their place in the cast, each with BACKED.
BACKERS = {"band": range(9), "comedian": range(12, 16), "dj": range(21, 24)}
BACKED = Decimal(800)
#: Whose winnings were spent when they were found to be none, and what they had staked.
DEBTOR, STAKED = 10, Decimal(150)
ALL = [DRAFT, UPCOMING, MISTOLD, LARGE]


@dataclass
class Office:
    """Plans it; each step is of staff or of a player, at its moment. `allowance` gives a player money to play with."""

    cast: Cast
    now: datetime
    allowance: Allowance

    def steps(self) -> Iterator[tuple[datetime, Callable[[], Any]]]:
        mistold, large = self._mistold(), self._large()
        debtor = self.cast.players[DEBTOR]
        yield self._at(-5), partial(self._bet, debtor, mistold, "bayes", STAKED)
        yield self._at(-2.9), partial(self._resolve, mistold, "bayes")
        yield self._at(-2.8), partial(self._correct, debtor, mistold, large)
        for option, places in BACKERS.items():
            for place in places:
                # Over two months: who is further down the cast joined later.
                yield (
                    self._at(-56 + 2.4 * place),
                    partial(self._back, self.cast.players[place], large, option),
                )
        yield self._at(-0.02), partial(self._propose, large)
        yield self._at(-1), self._drafts

    def _at(self, days: float) -> datetime:
        return self.now + timedelta(days=days)

    def _drafts(self) -> None:
        """One that is to be looked at before players do, one that is on offer and opens later."""
        draft = content.make_event(self.cast.games, DRAFT, self.now)
        change_game(by=self.cast.games, game_id=draft.pk, changes={"is_active": False})
        content.make_event(self.cast.games, UPCOMING, self.now)

    def _mistold(self) -> Game:
        return content.make_event(self.cast.games, MISTOLD, self.now)

    def _large(self) -> Game:
        window = {"opens_at": self._at(-57).isoformat(), "closes_at": self._at(-0.1).isoformat()}
        about = "Who closes the last night of the fest?"
        return content.make_game(self.cast.games, LARGE, "prediction", about, _LARGE | window)

    def _bet(self, player: User, game: Game, option: str, stake: Decimal) -> None:
        slip = services.Slip("winner", option, stake, game_id=game.pk)
        services.place_bet(player=player, slip=slip)

    def _back(self, player: User, game: Game, option: str) -> None:
        self.allowance(player, f"{BACKED:.2f}", "demo:fest")
        self._bet(player, game, option, BACKED)

    def _resolve(self, game: Game, option: str) -> None:
        weights = {option: Decimal(1)}
        events.resolve_event(
            by=self.cast.owner, game_id=game.pk, weights=weights, reason="The forum's thread"
        )
        while settlement.settle_batch(game.pk):
            pass

    def _correct(self, debtor: User, mistold: Game, large: Game) -> None:
        """The debtor stakes all they hold; then the first result turns out to be wrong."""
        balance = Wallet.objects.values_list("balance", flat=True).get(user=debtor)
        with clock.set_to(clock.now() - timedelta(minutes=5)):
            self._bet(debtor, large, "dj", min(balance, LARGE_MAX))
        self._resolve(mistold, "gauss")

    def _propose(self, game: Game) -> None:
        result = resolving.Result({"band": Decimal(1)}, reason="The poster hangs in the library")
        told = resolving.tell_result(by=self.cast.colleague, game_id=game.pk, result=result)
        assert told.status == "pending", "it takes another"
