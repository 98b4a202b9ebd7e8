"""The data set: two years of play by many, in books that `reconcile` finds right, made by a few large statements.

What happens row by row on the site (triggers, foreign keys, indexes) is set aside meanwhile; CHECK constraints are not.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from games.models import Game
from games.services.events import save_game
from quantix import figures
from quantix.db import in_one_transaction

STEPS = sorted((Path(__file__).parent / "sql").glob("*.sql"))
SPAN = timedelta(days=730)
ROWS_MIN = 2000
OWNER = "bench.owner"
BIG_TABLES = (
    "bets", "transactions", "game_sessions", "users", "wallets", "audit_entries", "adjustments", "sign_ins",
    "webhook_events", "webhook_deliveries", "verification_tokens",
)  # fmt: skip

_OPTIONS = [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No"}]
_EVENTS: dict[str, dict[str, Any]] = {
    "fixed": {"options": [_OPTIONS[0] | {"odds": "2.00"}, _OPTIONS[1] | {"odds": "1.80"}]},
    "lmsr": {"options": _OPTIONS, "b": "1000000.00"},
    "pool": {"options": _OPTIONS},
}


def build(rows: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Fill the empty database with `rows` bets, at least as many postings, and what belongs to them.

    Returns where the large ones are: the player and the events with a hundredth of all bets each.
    """
    assert not User.objects.exists(), "the data set is built in an empty database"
    values = _values(rows)
    with _set_aside():
        for table, last in (
            ("users", values["players"]),
            ("wallets", values["players"]),
            ("transactions", rows * 10),
        ):
            _execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
        _step("staff and games", say, lambda: values.update(_by_services()))
        _execute("CREATE SCHEMA bench")
        with _without_indexes(say):
            for path in STEPS:
                text = path.read_text(encoding="utf-8")
                title = text.partition("\n")[0].removeprefix("-- ")
                _step(title, say, partial(_execute, text, values))
        _execute("DROP SCHEMA bench CASCADE")
    _step("numbers go on from here", say, _go_on_counting)
    _step("statistics", say, lambda: _execute("VACUUM (ANALYZE)"))
    _step("figures of each day", say, _keep_figures)
    heavy = ("heavy_closed", "heavy_open", "heavy_resolved")
    return {"player": 1, "events": [values[name] for name in heavy]}


def _values(rows: int) -> dict[str, Any]:
    now = timezone.now()
    events = max(20, rows // 5000)
    # Ids that the services' own rows do not reach.
    first_event = 1000
    heavy = {
        name: first_event + events + n
        for n, name in enumerate(("heavy_closed", "heavy_open", "heavy_resolved"), 1)
    }
    return heavy | {
        "rows": rows,
        "players": max(200, rows // 50),
        "events": events,
        "first_event": first_event,
        "now": now,
        "span": SPAN,
        "began": now - SPAN,
    }


def _by_services() -> dict[str, Any]:
    """A few members of staff and the games one plays alone; and the events' configurations, as SQL is to write them."""
    owner = User.objects.create_superuser("23f9999990@ds.study.iitm.ac.in", OWNER, "Bench Owner")
    staff = [
        User.objects.create_user(
            f"23f999999{n}@ds.study.iitm.ac.in", f"bench.staff{n}", "Bench Staff", is_admin=True
        )
        for n in range(1, 5)
    ]
    for user in staff:
        user.groups.add(*Group.objects.exclude(name="owner"))
    puzzles = [
        Game(name="Bench word", type="puzzle", metadata={"kind": "word"}),
        Game(name="Bench code", type="puzzle", metadata={"kind": "codebreaker"}),
    ]
    for game in puzzles:
        in_one_transaction(partial(save_game, by=owner, game=game))
    return {
        "staff": [user.pk for user in staff],
        "solo": [game.pk for game in puzzles],
        "templates": json.dumps({kind: _template(kind) for kind in _EVENTS}),
    }


def _template(mechanism: str) -> dict[str, Any]:
    now = timezone.now()
    window = {"opens_at": now.isoformat(), "closes_at": (now + timedelta(days=1)).isoformat()}
    told = {"mechanism": mechanism, "criteria": "As the notice board says.", **window}
    game = Game(type="prediction", metadata=told | _EVENTS[mechanism])
    game.clean()
    return dict(game.metadata)


@contextmanager
def _set_aside() -> Iterator[None]:
    """One session without triggers and foreign keys, with memory for large sorts, and no waiting for the disk."""
    settings = {
        "session_replication_role": "replica",
        "synchronous_commit": "off",
        "work_mem": "256MB",
        "maintenance_work_mem": "512MB",
        "max_parallel_workers_per_gather": "0",
        "max_parallel_maintenance_workers": "1",
    }
    for name, value in settings.items():
        _execute(f"SET {name} = '{value}'")
    try:
        yield
    finally:
        for name in settings:
            _execute(f"RESET {name}")


@contextmanager
def _without_indexes(say: Callable[[str], None]) -> Iterator[None]:
    """Drop the big tables' indexes but the primary keys, and make them again over what the block has filled in."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conrelid::regclass::text,
                      c.conname, pg_get_constraintdef(c.oid)
               FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
               WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary""",
            [list(BIG_TABLES)],
        )
        found = cursor.fetchall()
    for name, _, table, constraint, _ in found:
        _execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {name}")
    try:
        yield
    finally:
        began = time.monotonic()
        for _, definition, table, constraint, rule in found:
            _execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}" if constraint else definition)
    say(f"{time.monotonic() - began:7.1f} s  {len(found)} indexes")


def _go_on_counting() -> None:
    """Every sequence begins after the ids that were written past it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT format('SELECT setval(%L, (SELECT coalesce(max(%I), 0) + 1 FROM %s), false)',
                      pg_get_serial_sequence(c.oid::regclass::text, a.attname), a.attname, c.oid::regclass)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
               WHERE c.relkind = 'r'"""
        )
        statements = [row[0] for row in cursor.fetchall()]
    for statement in statements:
        _execute(statement)


def _keep_figures() -> None:
    for day in figures.due():
        figures.keep(day)


def _step(title: str, say: Callable[[str], None], do: Callable[[], object]) -> None:
    began = time.monotonic()
    do()
    say(f"{time.monotonic() - began:7.1f} s  {title}")


def _execute(statement: str, values: Mapping[str, Any] | None = None) -> None:
    assert transaction.get_autocommit(), "each statement of the data set commits by itself"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
