"""The house as it was agreed on: the seven tables to the letter, and the manners of services."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

CHECKOUT = Path(__file__).resolve().parents[2]
APPS = ("quantix", "accounts", "wallets", "games", "betting")

#: table → column → type, `?` where it may be null.
TABLES = {
    "users": {
        "id": "integer",
        "email": "varchar(120)",
        "username": "varchar(80)",
        "password_hash": "varchar(256)",
        "full_name": "varchar(100)",
        "is_admin": "boolean",
        "created_at": "timestamptz",
        "api_token": "varchar(64)?",
        "api_token_created_at": "timestamptz?",
        "is_active": "boolean",
        "email_verified_at": "timestamptz?",
        "last_login": "timestamptz?",
        "is_superuser": "boolean",
    },
    "verification_tokens": {
        "id": "bigint",
        "user_id": "integer",
        "token": "varchar(128)",
        "purpose": "varchar(50)",
        "expires_at": "timestamptz",
        "created_at": "timestamptz",
        "is_used": "boolean",
    },
    "wallets": {
        "id": "bigint",
        "user_id": "integer",
        "balance": "numeric(18,2)",
        "currency": "varchar(10)",
        "last_updated": "timestamptz",
    },
    "transactions": {
        "id": "bigint",
        "wallet_id": "bigint",
        "amount": "numeric(18,2)",
        "type": "varchar(10)",
        "category": "varchar(20)?",
        "description": "varchar(255)",
        "metadata": "jsonb",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "deleted_at": "timestamptz?",
        "balance_after": "numeric(18,2)",
        "reference": "varchar(100)?",
    },
    "games": {
        "id": "bigint",
        "name": "varchar(100)",
        "description": "text",
        "type": "varchar(50)",
        "metadata": "jsonb",
        "created_at": "timestamptz",
        "is_active": "boolean",
    },
    "game_sessions": {
        "id": "bigint",
        "user_id": "integer",
        "game_id": "bigint",
        "started_at": "timestamptz",
        "ended_at": "timestamptz?",
        "duration": "interval?",
        "result": "varchar(20)?",
        "score": "double precision?",
        "status": "varchar(20)",
        "metadata": "jsonb",
    },
    "bets": {
        "id": "bigint",
        "session_id": "bigint",
        "amount": "numeric(18,2)",
        "placed_at": "timestamptz",
        "outcome": "varchar(20)?",
        "payout": "numeric(18,2)?",
        "choice": "varchar(100)",
        "is_successful": "boolean?",
        "metadata": "jsonb",
        "settled_at": "timestamptz?",
    },
}
_SHORT = {"character varying": "varchar", "timestamp with time zone": "timestamptz"}


def columns(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
                      is_nullable = 'YES' FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name = %s""",
            [table],
        )
        rows = cursor.fetchall()
    found = {}
    for name, kind, length, precision, scale, is_null in rows:
        size = f"({length})" if length else f"({precision},{scale})" if kind == "numeric" else ""
        found[name] = f"{_SHORT.get(kind, kind)}{size}{'?' if is_null else ''}"
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_the_agreed_columns_are_there_with_their_types(table: str) -> None:
    found = columns(table)
    assert {name: found.get(name) for name in TABLES[table]} == TABLES[table]


@pytest.mark.django_db
def test_the_odds_of_a_bet_are_drawn_from_its_metadata_by_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_generated, generation_expression FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = 'bets' AND column_name = 'odds'"
        )
        is_generated, expression = cursor.fetchone()
    assert is_generated == "ALWAYS" and "metadata" in expression


@pytest.mark.django_db
def test_no_money_is_a_float() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = current_schema() AND data_type IN ('real', 'double precision', 'money')
               AND column_name ~ '(amount|balance|payout|stake|bonus|price|fee|money)'"""
        )
        assert cursor.fetchall() == []


def test_every_table_has_a_name_of_its_own_choice() -> None:
    """Not `accounts_user`: the names are the schema's, and stay when a model moves."""
    ours = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    assert {model._meta.db_table for model in ours} >= TABLES.keys()
    assert [model for model in ours if model._meta.db_table.startswith(f"{model._meta.app_label}_")] == []


def sources() -> list[Path]:
    found = [path for app in APPS for path in (CHECKOUT / app).rglob("*.py")]
    return [path for path in found if "tests" not in path.parts and "migrations" not in path.parts]


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]


def services() -> list[Path]:
    return [path for path in sources() if path.name == "services.py" or path.parent.name == "services"]


@pytest.mark.parametrize("path", services(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_what_a_service_takes_is_named(path: Path) -> None:
    """More than two values without names are taken by arithmetic only."""
    loose = {
        function.name
        for function in functions(path)
        if not function.name.startswith("_") and len(function.args.posonlyargs + function.args.args) > 2
    }
    assert loose <= {"payout"}


@pytest.mark.parametrize("path", services(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_what_a_service_takes_and_gives_is_typed(path: Path) -> None:
    for function in functions(path):
        taken = function.args.args + function.args.kwonlyargs
        assert function.returns is not None and all(argument.annotation for argument in taken), function.name


def test_only_the_ledger_writes_balances() -> None:
    writes = [
        path.relative_to(CHECKOUT)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"update", "create", "get_or_create", "update_or_create"}
        and any(keyword.arg == "balance" for keyword in node.keywords)
    ]
    assert [path for path in writes if path.parts[0] != "wallets"] == []


def test_no_file_is_too_long_to_be_read_at_one_sitting() -> None:
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
