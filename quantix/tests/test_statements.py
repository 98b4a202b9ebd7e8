"""No page takes more than STATEMENTS_MAX statements, whoever looks and whatever is posted."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from betting import services
from games.models import GameSession
from quantix.db import in_one_transaction
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rates(settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(1000, 60))


@pytest.fixture
def browse(client: Client, player):
    client.force_login(player)

    def ask(method: str, path: str, **form: Any) -> Any:
        with count_queries():
            reply = getattr(client, method)(path, form)
            body = b"".join(reply.streaming_content) if reply.streaming else reply.content
        assert reply.status_code in (200, 303), (path, reply.status_code, body[:500])
        return reply

    return ask


@pytest.fixture
def staked(player):
    """A codebreaker session and an event, both with a stake of the player's."""
    session, event = factories.start(player, factories.make_codebreaker()), factories.make_event()
    for slip in (
        services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk),
        services.Slip("winner", "yes", Decimal("5.00"), game_id=event.pk),
    ):
        in_one_transaction(partial(services.place_bet, player=player, slip=slip))
    return session, event


def test_pages_that_are_looked_at(browse, staked):
    session, event = staked
    paths = [
        "/lobby",
        "/games",
        "/fairness",
        "/bets",
        "/wallet",
        "/wallet.csv",
        "/account",
        "/account/limits",
        "/forgot",
    ]
    paths += [f"/games/{game.slug}" for game in (session.game, event, factories.make_quiz())]
    for path in [*paths, f"/play/{session.pk}", f"/fair/{session.pk}"]:
        browse("get", path)


def test_a_staked_quiz_from_start_to_settled(browse, player):
    quiz = factories.make_quiz()
    browse("post", f"/games/{quiz.pk}/start", idempotency_key="start")
    session = GameSession.objects.get(game=quiz)
    path, questions = f"/play/{session.pk}", session.metadata["state"]["questions"]
    for pick in ("result/win", "question-0/right"):
        browse("post", f"{path}/stake", idempotency_key=pick, pick=pick, amount="5.00")
    for index, question in enumerate(questions):
        for answer in ({}, {"answer": question["right"]}):
            browse(
                "post", f"{path}/move", idempotency_key=f"{index}{answer}", **{"index:int": index}, **answer
            )
            browse("get", path)
    assert player.wallet.transactions.filter(category="win").count() == 2


def test_moves_and_stakes_elsewhere(browse, staked):
    session, event = staked
    browse("post", f"/play/{session.pk}/move", idempotency_key="a", guess="ABCD")
    browse("post", f"/play/{session.pk}/forfeit", idempotency_key="b")
    browse("post", f"/games/{event.pk}/stake", idempotency_key="c", pick="winner/no", amount="2.00")
    browse("post", "/account", full_name="Ada King", username="countess")
    browse("post", "/account/token")


def test_accounts_are_entered_with_few(client: Client, player):
    form = {"email": "21f9000001@ds.study.iitm.ac.in", "username": "fresh.one", "full_name": "Fresh One"}
    with count_queries():
        assert client.post("/sign-up", form | {"password": "a long enough password"}).status_code < 400
    with count_queries():
        reply = client.post("/sign-in", {"login": player.username, "password": factories.PASSWORD})
    assert reply.status_code in (302, 303)


def test_the_back_office(client: Client, player, staked):
    client.force_login(factories.make_staff("owner"))
    # Django keeps these for the life of the process.
    ContentType.objects.get_for_models(*admin.site._registry)
    with count_queries():
        assert client.get("/admin/").status_code == 200
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = [row.pk for row in model._default_manager.all()[:3]]
        for page in [path, *(f"{path}{pk}/change/" for pk in rows)]:
            with count_queries():
                assert client.get(page).status_code == 200, page
