"""Ending a player's session: called off with the stakes back, or as a loss."""

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from accounts.backoffice import ActionPage, Done, Preview, page_url
from accounts.models import User
from accounts.roles import Can
from betting.models import Bet
from games.models import Game, GameSession
from games.services import sessions
from quantix.templatetags.ui import money_filter, signed_money
from wallets.models import Wallet


class EndSession(ActionPage):
    """What ends a session that runs, after a look at what becomes of its open bets."""

    can, is_danger, previews = Can.VOID_PLAY, True, True

    def offered(self, target: GameSession) -> bool:
        return target.is_running and target.game.type != Game.Type.PREDICTION

    @abstractmethod
    def moves(self, stakes: Decimal) -> Decimal:
        """What goes to the wallet of open stakes."""

    def preview(self, *, by: User, target: GameSession, data: Mapping[str, Any]) -> Preview:
        found = (
            Bet.objects.open()
            .filter(session=target)
            .aggregate(bets=Count("pk"), stakes=Sum("amount", default=Decimal(0)))
        )
        moves = self.moves(found["stakes"])
        balance = Wallet.objects.values_list("balance", flat=True).get(user=target.user_id)
        return Preview(
            [
                ("Player", target.user),
                ("Game", target.game),
                ("Open bets", f"{found['bets']:,}"),
                ("Their stakes", money_filter(found["stakes"])),
                ("Wallet", signed_money(moves)),
                ("Balance now", money_filter(balance)),
                ("Balance after", money_filter(balance + moves)),
            ],
            warnings=_of_running(target),
            deed=f"{signed_money(moves)} to {target.user.username}",
        )


class VoidSession(EndSession):
    slug, label = "void", "Void"
    help = "Ends the session and gives back the stakes of its open bets."

    def moves(self, stakes: Decimal) -> Decimal:
        return stakes

    def act(self, *, by: User, target: GameSession, data: Mapping[str, Any]) -> Done:
        session = sessions.void_session(by=by, session_id=target.pk, reason=data["reason"])
        return Done(page_url(session), f"{session} is void; open stakes went back.")


class ForfeitSession(EndSession):
    slug, label = "forfeit", "Forfeit"
    help = "Ends the session as a loss, where somebody has not played fair: its open bets are lost."

    def moves(self, stakes: Decimal) -> Decimal:
        return Decimal(0)

    def act(self, *, by: User, target: GameSession, data: Mapping[str, Any]) -> Done:
        session = sessions.forfeit_for(by=by, session_id=target.pk, reason=data["reason"])
        return Done(page_url(session), f"{session} is forfeited; open bets are lost.")


def _of_running(session: GameSession) -> list[str]:
    return [] if session.is_running else ["This session has ended: this will be refused."]
