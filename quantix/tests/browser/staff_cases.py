"""What each action of the back-office is tried with in a browser: its row, what is written, and what comes of it.

For a new action: add its case here, and its line in `test_permissions`, which says which roles may. A row that a
case needs and that is not there yet goes to `staff_rows`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantix.tests import factories
from quantix.tests.browser import staff_rows as rows


@dataclass(frozen=True)
class Case:
    """An action on what `row` makes, or (None) from a list.

    `written`: label → what is typed; True ticks a box or chooses a radio button. `lacks` is the label of the field
    that the page blames when it is empty. `done`: words of the message afterwards. `then`: words on the page it
    leads to; empty where it is enough that the action is not offered there any more. `file`: how the name of what
    is downloaded ends.
    """

    row: Callable[[], Any] | None
    done: str = ""
    then: str = ""
    written: Mapping[str, str | bool] = field(default_factory=dict)
    lacks: str = ""
    file: str = ""


_REASON = {"Reason": "The notice board says so"}
_EXPORT = Case(None, written={"CSV, for programs": True}, file=".csv")
_ADJUST = {"Amount": "12.50", "Kind of reason": "prize", **_REASON}


def _because(row: Callable[[], Any], done: str, then: str = "", **written: str | bool) -> Case:
    """A case of an action that wants to know why."""
    return Case(row, done, then, {**written, **_REASON}, lacks="Reason")


def _new_game(**written: str | bool) -> Case:
    return Case(None, "is saved.", "A game of ours", {"Name": "A game of ours", **written}, lacks="Name")


def _new_event(**odds: str) -> Case:
    written = {
        "Label of options 1": "Reds",
        "Label of options 2": "Blues",
        **{name.replace("_", " "): value for name, value in odds.items()},
        "Opens at": "2026-01-01T10:00",
        "Closes at": "2036-01-01T10:00",
        "Criteria": "As the referee says.",
    }
    return _new_game(**written)


_FIXED = {"Odds_of_options_1": "1.90", "Odds_of_options_2": "1.90"}

CASES: dict[tuple[str, str], Case] = {
    ("accounts_user", "suspend"): _because(factories.make_player, "is suspended.", "Lift the suspension"),
    ("accounts_user", "unsuspend"): _because(rows.suspended_player, "may sign in again."),
    ("accounts_user", "resend"): Case(rows.unverified, "A verification mail goes to", "user.mail-verify"),
    ("accounts_user", "reset"): Case(factories.make_player, "A reset link goes to", "user.mail-reset"),
    ("accounts_user", "revoke-token"): _because(rows.with_token, "is revoked."),
    ("accounts_user", "reset-second-factor"): _because(
        rows.with_second_factor, "sets up a new second factor"
    ),
    ("accounts_user", "roles"): _because(
        factories.make_player, "has these roles now: support.", "support", support=True
    ),
    ("accounts_user", "adjust"): Case(
        factories.make_player, "The adjustment is posted.", "112.50", _ADJUST, lacks="Amount"
    ),
    ("accounts_user", "limits"): _because(
        factories.make_player, "are lower now.", "5.00", **{"Stakes a day": "5.00"}
    ),
    ("accounts_user", "export"): _EXPORT,
    ("quantix_auditentry", "export"): _EXPORT,
    ("accounts_playerreport", "act"): _because(rows.report, "is closed as acted on.", "Suspend"),
    ("accounts_playerreport", "dismiss"): _because(rows.report, "is dismissed."),
    ("wallets_wallet", "adjust"): Case(
        rows.wallet, "The adjustment is posted.", "112.50", _ADJUST, lacks="Reason"
    ),
    ("wallets_transaction", "void"): _because(rows.posting, "The posting is voided."),
    ("wallets_transaction", "export"): _EXPORT,
    ("wallets_adjustment", "approve"): Case(rows.adjustment, "is approved and posted.", "posted"),
    ("wallets_adjustment", "reject"): _because(rows.adjustment, "nothing was posted.", "rejected"),
    ("wallets_adjustment", "export"): _EXPORT,
    ("wallets_reconciliation", "run"): Case(None, "", "Waits for the worker"),
    ("betting_season", "open"): Case(
        None,
        "Autumn begins on 01 January 2036",
        "Autumn",
        {"Name": "Autumn", "Begins": "2036-01-01T00:00", "Ends": "2036-02-01T00:00"},
        lacks="Name",
    ),
    ("games_game", "edit"): Case(
        factories.make_codebreaker, "is saved.", "A game of ours", {"Name": "A game of ours"}, lacks="Name"
    ),
    ("games_game", "new-quiz"): _new_game(Tags="probability", Questions="3"),
    ("games_game", "new-puzzle-codebreaker"): _new_game(),
    ("games_game", "new-puzzle-sudoku"): _new_game(),
    ("games_game", "new-puzzle-word"): _new_game(),
    ("games_game", "new-prediction-fixed"): _new_event(**_FIXED),
    ("games_game", "new-prediction-pool"): _new_event(),
    ("games_game", "new-prediction-lmsr"): _new_event(),
    ("games_question", "edit"): Case(
        factories.QuestionFactory, "The question is saved.", "Why not?", {"Text": "Why not?"}, lacks="Text"
    ),
    ("games_question", "retire"): _because(factories.QuestionFactory, "The question is retired."),
    ("games_question", "new"): Case(
        None,
        "The question is saved.",
        "1 + 1?",
        {"Text": "1 + 1?", "Options": "* 2\n3", "Tags": "sums"},
        lacks="Text",
    ),
    ("games_question", "import"): Case(
        None, "", "What becomes of each question", {"File": "1 + 1?{#2}"}, lacks="File"
    ),
    ("games_question", "export"): Case(None, file=".gift"),
    ("games_questionimport", "import"): Case(rows.upload, "Imported sums.gift: 1 new."),
    ("games_questionimport", "discard"): Case(rows.upload, "The file is discarded."),
    ("games_gamesession", "void"): _because(rows.session, "is void; open stakes went back."),
    ("games_gamesession", "forfeit"): _because(rows.session, "is forfeited; open bets are lost."),
    ("games_gamesession", "export"): _EXPORT,
    ("games_event", "open"): Case(rows.suspended_event, "is open."),
    ("games_event", "suspended"): Case(rows.event, "is suspended now."),
    ("games_event", "closed"): Case(rows.event, "is closed now."),
    ("games_event", "resolve"): _because(rows.event_with_bets, "is resolved.", Yes=True),
    ("games_event", "confirm"): Case(rows.proposed, "is resolved."),
    ("games_event", "reject"): _because(rows.proposed, "is rejected."),
    ("games_event", "correct"): _because(rows.resolved, "is corrected.", "No", No=True),
    ("games_event", "edit"): Case(
        rows.event, "is saved.", "A game of ours", {"Name": "A game of ours"}, lacks="Name"
    ),
    ("games_event", "new-prediction-fixed"): _new_event(**_FIXED),
    ("games_event", "new-prediction-pool"): _new_event(),
    ("games_event", "new-prediction-lmsr"): _new_event(),
    ("games_event", "void"): _because(rows.event_with_bets, "is void."),
    ("betting_bet", "void"): _because(rows.bet, "is void; its stake went back."),
    ("betting_bet", "export"): _EXPORT,
    ("betting_bet", "collect"): Case(rows.owing, "is collected; ₹15.00 stay owed.", "15.00"),
    ("webhooks_webhook", "new"): Case(
        None,
        "Its secret, shown this once:",
        "https://hook.example.org/",
        {"Address": "https://hook.example.org/", "bet.settled": True},
        lacks="Address",
    ),
    ("webhooks_webhook", "test"): Case(rows.webhook, "The test is on its way.", "ping"),
    ("webhooks_webhook", "edit"): Case(
        rows.webhook,
        "The webhook is changed.",
        "https://hook.example.org/",
        {"Address": "https://hook.example.org/"},
        lacks="Address",
    ),
    ("webhooks_webhook", "rotate"): Case(rows.webhook, "Its secret, shown this once:", "2"),
    ("webhooks_webhook", "disable"): Case(rows.webhook, "The webhook is off."),
    ("webhooks_webhook", "enable"): Case(rows.webhook_off, "The webhook is on."),
    ("webhooks_webhook", "remove"): Case(rows.webhook, "is told nothing any more."),
    ("webhooks_delivery", "resend"): Case(rows.delivery, "The event is sent again.", "waits"),
}
