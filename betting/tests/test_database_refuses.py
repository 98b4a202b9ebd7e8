"""What the database itself refuses of bets: raw SQL past the ORM."""

from decimal import Decimal
from itertools import combinations

import pytest

from betting import services
from betting.limits.services import set_limits
from betting.limits.standing import NAMES, column_of
from quantix.tests import books, factories

pytestmark = pytest.mark.django_db(transaction=True)

SETTLED = {"outcome": "'win'", "payout": "10", "is_successful": "true", "settled_at": "now()"}


@pytest.fixture
def bet(player, commit):
    session = factories.start(player, factories.make_codebreaker())
    slip = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    return commit(lambda: services.place_bet(player=player, slip=slip)).bet


@pytest.fixture
def books_of_event(player, commit):
    slip = services.Slip("winner", "yes", Decimal("5.00"), game_id=factories.make_event().pk)
    return commit(lambda: services.place_bet(player=player, slip=slip))


def refusing(**columns: str) -> str:
    assignments = ", ".join(f"{column} = {value}" for column, value in columns.items())
    return books.constraint_refusing(f"UPDATE bets SET {assignments}")


HALVES = [columns for count in (1, 2, 3) for columns in combinations(SETTLED, count)]


@pytest.mark.parametrize("columns", HALVES, ids="+".join)
def test_a_bet_is_not_half_settled(bet, columns):
    assert refusing(**{column: SETTLED[column] for column in columns}) == "bet_settled_whole"


@pytest.mark.parametrize("column", SETTLED)
def test_a_settled_bet_is_not_half_opened(bet, column):
    books.run_sql(f"UPDATE bets SET {', '.join(f'{name} = {value}' for name, value in SETTLED.items())}")
    assert refusing(**{column: "NULL"}) == "bet_settled_whole"


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"amount": "0"}, "bet_amount_range"),
        ({"amount": "-5"}, "bet_amount_range"),
        ({"amount": "'NaN'"}, "bet_amount_range"),
        ({"amount": "1000000000000.01"}, "bet_amount_range"),
        ({"amount": "'Infinity'"}, "22003"),
        (SETTLED | {"outcome": "'luck'"}, "bet_outcome"),
        (SETTLED | {"payout": "-1"}, "bet_payout_range"),
        (SETTLED | {"payout": "'NaN'"}, "bet_payout_range"),
        (SETTLED | {"outcome": "'loss'", "is_successful": "false"}, "bet_loss_pays_nothing"),
        (SETTLED | {"outcome": "'loss'", "payout": "0"}, "bet_loss_pays_nothing"),
        (SETTLED | {"outcome": "'void'", "is_successful": "false"}, "bet_void_pays_stake"),
        ({"odds": "3"}, "428C9"),
    ],
)
def test_a_bet_makes_sense(bet, columns, constraint):
    assert refusing(**columns) == constraint


def test_a_bet_hangs_from_a_session(bet):
    assert "session_id" in refusing(session_id="-1")
    assert "session_id" in books.constraint_refusing("DELETE FROM game_sessions")


def test_an_option_has_one_book_that_is_never_below_zero(books_of_event):
    second = "INSERT INTO option_books (game_id, option) SELECT game_id, option FROM option_books"
    assert books.constraint_refusing(second) == "option_book_once"
    assert books.constraint_refusing("UPDATE option_books SET stakes = -1") == "option_book_not_negative"
    assert books.constraint_refusing("UPDATE option_books SET liability = -1") == "option_book_not_negative"


@pytest.fixture
def limits(player, commit):
    return commit(lambda: set_limits(player=player, limits={"stake.day": Decimal(50)})).row


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["-0.01", "'NaN'", "1000000000000.01"])
def test_a_limit_is_zero_to_the_largest_amount(limits, name, value):
    column = column_of(name)
    assert books.constraint_refusing(f"UPDATE play_limits SET {column} = {value}") == f"play_limit_{column}"


RAISE = 'INSERT INTO limit_raises (limits_id, "limit", value, asked_at, effective_at) SELECT user_id, '


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ("'stake.year', 5, now(), now() + interval '1 day'", "limit_raise_limit"),
        ("'stake.day', -1, now(), now() + interval '1 day'", "play_limit_value"),
        ("'stake.day', 'NaN', now(), now() + interval '1 day'", "play_limit_value"),
        ("'stake.day', 5, now(), now() + interval '23 hours'", "limit_raise_waits"),
    ],
)
def test_a_raise_makes_sense_and_waits_a_day(limits, values, constraint):
    assert books.constraint_refusing(f"{RAISE} {values} FROM play_limits") == constraint


def test_a_limit_has_one_raise_and_a_player_one_row(limits):
    insert = f"{RAISE} 'stake.day', 60, now(), now() + interval '1 day' FROM play_limits"
    assert books.constraint_refusing(insert, insert) == "limit_raise_once"
    again = "INSERT INTO play_limits (user_id) SELECT user_id FROM play_limits"
    assert books.constraint_refusing(again) == "play_limits_pkey"


@pytest.mark.parametrize("change", ["stake_day = 9.99", "break_until = now() + interval '1 hour'"])
def test_no_bet_passes_the_players_limits_whatever_writes_it(bet, limits, change):
    books.run_sql(f"UPDATE play_limits SET {change}")
    copy = (
        "INSERT INTO bets (session_id, user_id, amount, choice, metadata)"
        " SELECT session_id, user_id, amount, choice, metadata FROM bets"
    )
    assert books.constraint_refusing(copy) == "bet_within_limits"


def test_a_bet_is_its_sessions_players_on_its_game_whatever_is_written(bet, player):
    books.run_sql("UPDATE bets SET user_id = 0, game_id = 0")
    bet.refresh_from_db()
    assert (bet.user_id, bet.game_id) == (player.pk, bet.session.game_id)


@pytest.mark.parametrize("column", ["user_id", "game_id"])
def test_a_bet_in_anothers_name_is_found_by_reconciling(bet, column):
    books.run_unguarded(f"UPDATE bets SET {column} = 0")
    ((_, example),) = books.broken()
    assert example["subject"] == f"bet {bet.pk}"
    assert example["expected"] == f"user {bet.session.user_id}, game {bet.session.game_id}"
