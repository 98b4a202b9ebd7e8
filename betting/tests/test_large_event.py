"""An event with very many bets: what one costs does not grow with those there are, and all settle in batches.

`LARGE_EVENT=100000 pytest -s betting/tests/test_large_event.py` prints what docs/decisions/0005 tells.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

import pytest
from django.db import connection

from betting import events, resolving, services, settlement, voiding
from betting.models import Bet
from betting.tests import replay
from games.models import Game
from quantix.db import in_one_transaction
from quantix.tests import books, factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BETS = int(os.environ.get("LARGE_EVENT", "4000"))
#: Of these the last are placed by the services.
LAST = min(1000, BETS // 20)
PLAYERS = (BETS - LAST) // 2
BATCH = 1000

# Each player has 1,000.00, a bet on `yes` or `no`, and one on another option.
_FILL = """
    SET session_replication_role = replica;
    INSERT INTO users (email, username, password_hash, full_name, is_admin, is_active, is_superuser, created_at,
        preferences, email_verified_at)
    SELECT format('24f3%%s@ds.study.iitm.ac.in', lpad(n::text, 6, '0')), 'many' || n, '!', '', false, true, false,
        now(), '{}', now()
        FROM generate_series(1, %(players)s) n;
    INSERT INTO wallets (user_id, balance, currency, last_updated)
        SELECT id, 1000, 'INR', now() FROM users WHERE username ~ '^many';
    INSERT INTO transactions (wallet_id, amount, type, category, description, metadata, balance_after, reference,
            created_at, updated_at)
        SELECT w.id, 1000, 'credit', 'bonus', '', '{}', 1000, 'many:' || w.id, now(), now()
        FROM wallets w JOIN users u ON u.id = w.user_id WHERE u.username ~ '^many';
    INSERT INTO game_sessions (user_id, game_id, status, metadata, started_at)
        SELECT id, %(game)s, 'in_progress', '{"state": {}, "commitment": null}', now()
        FROM users WHERE username ~ '^many';
    INSERT INTO bets (session_id, user_id, game_id, amount, choice, metadata, placed_at)
        SELECT s.id, s.user_id, s.game_id, stake, choice,
            jsonb_build_object('odds', '1.9000', 'market', 'winner', 'label', 'Event', 'mechanism', %(mechanism)s)
            || CASE %(mechanism)s WHEN 'lmsr' THEN jsonb_build_object('shares', (stake * 1.9)::numeric(20, 6)::text)
                ELSE '{}' END,
            now() - interval '1 minute' + interval '1 millisecond' * row_number() OVER ()
        FROM game_sessions s, LATERAL (VALUES
            (1 + (s.id %% 700) / 100.0, CASE s.id %% 2 WHEN 0 THEN 'yes' ELSE 'no' END),
            (1 + (s.id %% 300) / 100.0, CASE s.id %% 3 WHEN 0 THEN 'tie' WHEN 1 THEN 'no' ELSE 'yes' END)
        ) AS own (stake, choice) WHERE s.game_id = %(game)s;
    CREATE TEMPORARY VIEW filled AS
        SELECT b.* FROM bets b JOIN game_sessions s ON s.id = b.session_id WHERE s.game_id = %(game)s;
    INSERT INTO transactions (wallet_id, amount, type, category, description, metadata, balance_after, reference,
            created_at, updated_at)
        SELECT w.id, b.amount, 'debit', 'bet', 'Stake', jsonb_build_object('bet', b.id, 'session', b.session_id),
            1000 - sum(b.amount) OVER (PARTITION BY w.id ORDER BY b.id), 'bet:' || b.id || ':stake', now(), now()
        FROM filled b JOIN wallets w ON w.user_id = b.user_id ORDER BY b.id;
    UPDATE wallets SET balance = 1000 - staked FROM (SELECT user_id, sum(amount) AS staked FROM filled GROUP BY 1) b
        WHERE b.user_id = wallets.user_id;
    UPDATE option_books k SET stakes = held.stakes, shares = held.shares, liability = held.liability FROM (
        SELECT choice, sum(amount) AS stakes, coalesce(sum((metadata ->> 'shares')::numeric), 0) AS shares,
            coalesce(sum(trunc((metadata ->> 'shares')::numeric, 2)), 0) AS liability FROM filled GROUP BY 1
    ) held WHERE k.game_id = %(game)s AND k.option = held.choice;
    INSERT INTO price_points (game_id, at, prices)
        SELECT %(game)s, placed_at, '{"yes": "0.4", "no": "0.4", "tie": "0.2"}' FROM filled;
    DROP VIEW filled;
    RESET session_replication_role;
"""


class Steps:
    """Seconds, statements and the most memory so far of each step, told as they come."""

    def __init__(self) -> None:
        self.statements = 0

    def count(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.statements += 1
        return execute(*args)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began, before = time.perf_counter(), self.statements
        yield
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        asked = self.statements - before
        tell(f"{name:34} {time.perf_counter() - began:8.3f} s {asked:5} statements {memory:5} MiB")

    def many(self, name: str, acts: Sequence[Callable[[], Any]]) -> float:
        """Each in a transaction of its own; statements each."""
        took, before = [], self.statements
        for act in acts:
            began = time.perf_counter()
            in_one_transaction(act)
            took.append((time.perf_counter() - began) * 1000)
        each = (self.statements - before) / len(acts)
        tell(f"{name:34} p50 {median(took):7.2f} ms, max {max(took):8.2f} ms, {each:.1f} statements each")
        return each


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


@pytest.fixture
def steps() -> Iterator[Steps]:
    found = Steps()
    with connection.execute_wrapper(found.count):
        yield found


def make(mechanism: str) -> Game:
    game = replay.make(mechanism)
    if mechanism == "lmsr":
        # So deep that no price comes to the end of its range.
        Game.objects.filter(pk=game.pk).update(metadata=game.metadata | {"b": "100000.00"})
        game.refresh_from_db()
    return game


def trade(steps: Steps, game: Game, count: int) -> list[int]:
    """Quotes, bets and sales; statements of each, to the whole number."""
    players = [factories.make_player("1000.00") for _ in range(20)]
    slips = [
        services.Slip(
            "winner", ("yes", "no", "tie")[n % 3], Decimal(f"{1 + n % 3}.0{n % 7}"), game_id=game.pk
        )
        for n in range(count)
    ]
    turns = [(players[n % 20], slip) for n, slip in enumerate(slips)]
    each = [
        steps.many("  quote", [partial(services.quote_bet, player=p, slip=s) for p, s in turns[:100]]),
        steps.many("  bet", [partial(services.place_bet, player=p, slip=s) for p, s in turns]),
    ]
    if game.engine.kind == "lmsr":
        bets = Bet.objects.filter(session__user__in=players, outcome=None).select_related("session__user")
        sales = [partial(services.cash_out, player=b.session.user, bet_id=b.pk) for b in bets[:50]]
        each.append(steps.many("  cash-out", sales))
    return [round(statements) for statements in each]


def settle(steps: Steps, game: Game) -> None:
    """As the worker does. No batch asks more than another, whatever is in it."""
    longest, count = 0.0, BATCH
    with steps.step("  settled by the worker"):
        while count == BATCH:
            began, before = time.perf_counter(), steps.statements
            count = in_one_transaction(lambda: settlement.settle_batch(game.pk, BATCH))
            longest = max(longest, time.perf_counter() - began)
            # The first works out the split of a pool.
            assert steps.statements - before <= 12
    tell(f"  {'longest batch':32} {longest:8.3f} s")


def void(by: Any, bet: Bet) -> Callable[[], Any]:
    return lambda: voiding.void_bet(by=by, bet_id=bet.pk, reason="Mistake")


@pytest.mark.parametrize("mechanism", ["pool", "lmsr"])
def test_what_is_done_with_a_bet_does_not_grow_with_the_bets_there_are(mechanism, steps, settings):
    settings.RESOLVE_CONFIRM_FROM = Decimal(10**12)
    by = factories.make_staff("games")
    tell(f"\n{mechanism}, with nothing staked")
    alone = trade(steps, make(mechanism), 100)
    game = make(mechanism)
    with steps.step("filled by SQL"), connection.cursor() as cursor:
        cursor.execute(_FILL, {"players": PLAYERS, "game": game.pk, "mechanism": mechanism})
        cursor.execute("ANALYZE")
    tell(f"with {2 * PLAYERS} bets")
    assert trade(steps, game, LAST) == alone
    bets = Bet.objects.filter(session__game=game)
    assert steps.many("  void, open", [void(by, bet) for bet in bets.filter(outcome=None)[:20]]) < 13
    for option in ("yes", "no"):
        result = resolving.Result({option: Decimal(1)})
        with steps.step(f"preview of {option}"):
            in_one_transaction(lambda: resolving.preview_result(by=by, game_id=game.pk, result=result))  # noqa: B023
        with steps.step(f"{option} told"):
            in_one_transaction(lambda: resolving.tell_result(by=by, game_id=game.pk, result=result))  # noqa: B023
        settle(steps, game)
    steps.many("void, paid", [void(by, bet) for bet in bets.exclude(outcome="void")[:1]])
    settle(steps, game)
    with steps.step("called off"):
        in_one_transaction(lambda: events.void_event(by=by, game_id=game.pk, reason="Rained off"))
    settle(steps, game)
    assert not bets.exclude(outcome="void").exists()
    with steps.step("reconcile"):
        books.assert_right()
