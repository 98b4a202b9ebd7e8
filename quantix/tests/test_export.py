"""All that is held about a player, in one document: every table told of, no secret in it, no memory for it."""

import json
import tracemalloc
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from accounts.models import User
from betting.limits.services import set_limits
from betting.models import Bet
from betting.services import Slip, place_bet
from betting.voiding import void_bet
from games.services import sessions
from quantix import audit, export
from quantix.db import in_one_transaction
from quantix.models import AuditEntry, IdempotencyKey
from quantix.tests import books, factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)


def exported(player: User) -> Any:
    response = Program(player).ask("GET", "/me/export")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"].startswith('attachment; filename="quantix-')
    return json.loads(response.getvalue())


def stake(player: User, slip: Slip) -> None:
    in_one_transaction(lambda: place_bet(player=player, slip=slip))


def referred(model: type[Model]) -> set[type[Model]]:
    """The models that rows of `model` name."""
    fields = [field for field in model._meta.get_fields() if getattr(field, "column", None)]
    return {field.related_model for field in fields if isinstance(field.related_model, type)}


def test_every_table_that_hangs_from_a_user_is_told_of_or_left_out_for_a_reason() -> None:
    told = {table for section in [*export.sections, *export._audit()] for table in section.tables}
    models = apps.get_models(include_auto_created=True)
    personal = {User} | {model for model in models if model._meta.db_table in told}
    hanging = {model._meta.db_table for model in models if referred(model) & personal}
    undecided = hanging - told - export.left_out.keys()
    assert undecided == set(), "add them to a section of their room's export.py, or to left_out with a reason"
    assert told & export.left_out.keys() == set()
    assert all(len(reason) > 20 for reason in export.left_out.values())


def test_it_tells_of_everything_in_its_own_words(player: User) -> None:
    quiz, event = factories.make_quiz(), factories.make_event()
    session = factories.start(player, quiz)
    stake(player, Slip("result", "win", Decimal("5.00"), session_id=session.pk))
    in_one_transaction(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    stake(player, Slip("winner", "yes", Decimal("7.50"), game_id=event.pk))
    in_one_transaction(lambda: set_limits(player=player, limits={"stake.day": Decimal(50)}))
    in_one_transaction(lambda: set_limits(player=player, limits={"stake.day": None}))
    told = exported(player)
    assert (told["account"]["email"], told["account"]["roles"]) == (player.email, [])
    assert told["wallet"]["balance"] == "87.50"
    assert [(row["category"], row["amount"]) for row in told["transactions"]] == [
        ("bonus", "100.00"),
        ("bet", "5.00"),
        ("bet", "7.50"),
    ]
    assert [row["status"] for row in told["sessions"]] == ["forfeited", "in_progress"]
    assert told["sessions"][0]["content"]["questions"]
    assert [(bet["game"], bet["amount"], bet["payout"]) for bet in told["bets"]] == [
        (quiz.pk, "5.00", "0.00"),
        (event.pk, "7.50", None),
    ]
    assert told["play_limits"]["stake_day"] == "50.00"
    assert [(row["limit"], row["value"]) for row in told["limit_raises"]] == [("stake.day", None)]
    assert [(row["action"], row["by"]) for row in told["audit_entries"]] == [("limits.set", "you")] * 2
    assert len(told["questions_seen"]) == 3


@pytest.mark.parametrize("make", [factories.make_codebreaker, factories.make_quiz])
def test_a_running_session_is_shown_as_its_player_sees_it(player: User, make: Any) -> None:
    session = factories.start(player, make())
    text = json.dumps(exported(player))
    (row,) = json.loads(text)["sessions"]
    assert row["commitment"] == session.metadata["commitment"]
    assert {"metadata", "config", "salt", "content"} & row.keys() == set()
    state = session.metadata["state"]
    secrets = [session.metadata["salt"], state["seed"] if "seed" in state else state.get("code")]
    secrets += [question["text"] for question in state.get("questions", [])]
    assert [secret for secret in secrets if secret and json.dumps(secret)[1:-1] in text] == []
    assert json.loads(text)["questions_seen"] == []


def test_no_digest_leaves(player: User) -> None:
    program = Program(player)
    player.refresh_from_db()
    IdempotencyKey.objects.create(user=player, key="k", fingerprint="f" * 64, status=200, body={})
    text = program.ask("GET", "/me/export").getvalue().decode()
    assert player.api_token
    assert player.password not in text and player.api_token not in text and "f" * 64 not in text
    assert json.loads(text)["account"]["has_api_token"] is True


def test_what_staff_did_is_told_without_who_did_it_or_from_where(player: User) -> None:
    by = factories.make_staff("support")
    audit.record(actor=by, action="user.suspend", target=player, reason="Noise")
    audit.record(actor=by, action="user.suspend", target=factories.make_player(), reason="Other noise")
    AuditEntry.objects.get(reason="Noise")
    (entry,) = exported(player)["audit_entries"]
    assert (entry["action"], entry["reason"], entry["by"]) == ("user.suspend", "Noise", "staff")
    assert entry["address"] is None


def test_a_bet_of_theirs_that_staff_voided_is_told_with_the_reason(player: User) -> None:
    game = factories.make_event()
    for who in (player, factories.make_player()):
        stake(who, Slip("winner", "yes", Decimal("5.00"), game_id=game.pk))
    by, bets = factories.make_staff("games"), list(Bet.objects.order_by("id"))
    for bet in bets:
        in_one_transaction(partial(void_bet, by=by, bet_id=bet.pk, reason=f"Sheet {bet.pk}"))
    (entry,) = exported(player)["audit_entries"]
    assert (entry["action"], entry["target_id"]) == ("bet.void", bets[0].pk)
    assert (entry["reason"], entry["by"]) == (f"Sheet {bets[0].pk}", "staff")


def test_another_s_data_are_not_in_it(player: User) -> None:
    other = factories.make_player(username="somebody.else")
    stake(other, Slip("winner", "yes", Decimal("5.00"), game_id=factories.make_event().pk))
    in_one_transaction(lambda: set_limits(player=other, limits={"stake.day": Decimal(50)}))
    told = exported(player)
    assert "somebody.else" not in json.dumps(told)
    assert told["bets"] == told["sessions"] == told["audit_entries"] == []
    assert told["play_limits"] is None


def test_it_takes_a_token_and_few_statements(player: User) -> None:
    assert_problem(Program().ask("GET", "/me/export"), 401, "not-authenticated")
    program = Program(player)
    with count_queries(4):
        program.ask("GET", "/me/export").getvalue()


def test_the_page_links_to_it(client: Client, player: User) -> None:
    client.force_login(player)
    assert "/account/export" in client.get("/account").content.decode()
    response = client.get("/account/export")
    assert json.loads(response.getvalue())["account"]["username"] == player.username


@pytest.mark.slow
def test_a_long_history_takes_no_more_memory_than_a_short_one(player: User) -> None:
    books.run_unguarded(
        """
        INSERT INTO transactions (wallet_id, amount, type, category, balance_after, description)
        SELECT %s, 1, 'credit', 'bonus', n, repeat('x', 200) FROM generate_series(1, 50000) n
        """,
        player.wallet.pk,
    )
    tracemalloc.start()
    try:
        document = export.write(user_id=player.pk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(json.load(document)["transactions"]) == 50_001
    assert document.tell() > 15_000_000
    assert peak < 8_000_000
    books.forget_money()
