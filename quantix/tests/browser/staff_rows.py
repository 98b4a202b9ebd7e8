"""The rows that actions of the back-office are tried on, each in the state in which the action is offered."""

from decimal import Decimal
from functools import partial
from typing import Any

from accounts import totp
from accounts.models import PlayerReport, User
from accounts.services import second_factor, signin, staff
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from betting import resolving
from betting.models import Bet
from betting.tests import floor
from games.formats import QuestionFile
from games.models import Event, GameSession
from games.models_bank import QuestionImport
from games.services.bank_import import store_upload
from games.services.events import set_event_status
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories
from wallets import ledger
from wallets.models import Adjustment, Transaction, Wallet

#: From here on a second member of staff has to confirm a result; `proposed` is staked so.
CONFIRM_FROM = Decimal("50.00")


def suspended_player() -> User:
    player, by = factories.make_player(), factories.make_staff("support")
    return in_one_transaction(
        lambda: staff.suspend_user(by=by, user_id=player.pk, until=None, reason="Noise")
    )


def unverified() -> User:
    create = User.objects.create_user
    return in_one_transaction(
        partial(create, "21f1999999@ds.study.iitm.ac.in", "unverified", "New Here", factories.PASSWORD)
    )


def with_token() -> User:
    player = factories.make_player()
    in_one_transaction(lambda: signin.issue_api_token(user=player))
    return player


def with_second_factor() -> User:
    colleague, salt = factories.make_staff("support"), totp.new_salt()
    mailed = totp.proof_of_address(salt, colleague.pk)
    second_factor.enrol(user=colleague, salt=salt, mailed=mailed, code=totp.code_at(salt, clock.now()))
    return colleague


def report() -> PlayerReport:
    return PlayerReport.objects.create(
        reporter=factories.make_player(), reported=factories.make_player(), reason="name", words="Rude."
    )


def wallet() -> Wallet:
    return factories.make_player().wallet


def posting() -> Transaction:
    return Transaction.objects.of(factories.make_player().pk).latest("id")


def adjustment() -> Adjustment:
    return Adjustment.objects.create(
        user=factories.make_player(),
        type="credit",
        amount=1,
        reason="A prize",
        requested_by=factories.make_staff("finance"),
    )


def upload() -> QuestionImport:
    by, file = factories.make_staff("games"), QuestionFile("sums.gift", b"1 + 1?{#2}")
    return in_one_transaction(lambda: store_upload(by=by, file=file))


def session() -> GameSession:
    return factories.start(factories.make_player(), factories.make_codebreaker())


def event() -> Event:
    return Event.objects.get(game=factories.make_event())


def suspended_event() -> Event:
    by, game = factories.make_staff("games"), factories.make_event()
    return in_one_transaction(lambda: set_event_status(by=by, game_id=game.pk, status="suspended"))


def event_with_bets() -> Event:
    return _staked("10.00")


def resolved() -> Event:
    return floor.resolve(_staked("10.00").game, yes="1")


def proposed() -> Event:
    """Another member of staff has told its result."""
    found, by = _staked(str(CONFIRM_FROM)), factories.make_staff("games")
    result = resolving.Result({"yes": Decimal(1)}, reason="As told")
    in_one_transaction(lambda: resolving.tell_result(by=by, game_id=found.pk, result=result))
    return found


def _staked(amount: str) -> Event:
    game = factories.make_event()
    floor.place(factories.make_player(), game, "yes", amount)
    return Event.objects.get(game=game)


def bet() -> Bet:
    return floor.place(factories.make_player(), factories.make_event(), "yes", "10.00")


def owing() -> Bet:
    """A bet whose 20.00 of winnings were spent before the result was corrected; 5.00 came in since."""
    player, game = factories.make_player(), factories.make_event()
    owed = floor.place(player, game, "yes", "10.00")
    floor.resolve(game, yes="1")
    _move(player, "debit", "110.00")
    floor.resolve(game, no="1")
    _move(player, "credit", "5.00")
    return owed


def _move(player: User, type: str, amount: str) -> None:
    in_one_transaction(
        lambda: ledger.post(user_id=player.pk, type=type, category="bonus", amount=Decimal(amount))
    )


def webhook(**more: Any) -> Webhook:
    by = factories.make_staff("owner")
    url = f"https://bot.example.org/{by.pk}"
    return Webhook.objects.create(url=url, events=["bet.settled"], salt="salt", created_by=by, **more)


def webhook_off() -> Webhook:
    return webhook(is_active=False)


def delivery() -> Delivery:
    happened = WebhookEvent.objects.create(type="ping")
    return Delivery.objects.create(webhook=webhook(), event=happened)
