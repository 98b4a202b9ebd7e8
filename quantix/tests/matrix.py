"""What stands behind the permission matrix: who asks, what a row means, and the world in which it is tried."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from string import Template
from typing import Any, cast

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import PlayerReport, SignIn, User
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from betting.services import Slip, place_bet
from betting.standing.models import Season
from games.formats import QuestionFile
from games.services.bank_import import store_upload
from games.services.questions import save_question
from quantix import audit, clock
from quantix.models import Export
from quantix.money import parse_money
from quantix.tests import factories
from wallets.models import Adjustment, Reconciliation, Transaction

#: `new` has not verified the address, `out` is suspended, all that is somebody's is the `player`'s.
WHO = ("guest", "new", "out", "player", "stranger", "support", "games", "finance", "owner")

#: A number is a status. ok: the row's own. in: sign in first, 401 to programs and 302 to people. no: 403, or 302 to
#: players at the doors of the back-office.
AUDIENCES = """
#          guest  new  out  player  stranger  support  games  finance  owner
everyone   ok     ok   ok   ok      ok        ok       ok     ok       ok
public     ok     ok   401  ok      ok        ok       ok     ok       ok
members    in     in   in   ok      ok        ok       ok     ok       ok
mine       in     in   in   ok      404       404      404    404      404
guests     ok     ok   ok   302     302       302      302    302      302
no-player  ok     ok   ok   403     403       ok       ok     ok       ok
staff      in     in   in   no      no        ok       ok     ok       ok
support    in     in   in   no      no        ok       403    403      ok
games      in     in   in   no      no        403      ok     403      ok
finance    in     in   in   no      no        403      403    ok       ok
owner      in     in   in   no      no        403      403    403      ok
"""
_WORDS = {name: words for name, *words in (line.split() for line in AUDIENCES.strip().splitlines()[1:])}
#: Instead of a status: those who may are not tried, as it takes transactions of its own.
UNTRIED = "--"


@dataclass(frozen=True)
class Row:
    """One method of one address, and who gets which status there. `$names` are of the world's objects."""

    method: str
    path: str
    status: str
    audience: str
    body: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_for_programs(self) -> bool:
        return self.path.startswith("/api/v1/")

    def expected(self, who: str) -> int | None:
        """The status that `who` gets; None where that is not tried."""
        word = _WORDS[self.audience][WHO.index(who)]
        if (word, self.status) == ("ok", UNTRIED):
            return None
        is_office = self.path.startswith("/admin/")
        meanings = {
            "ok": self.status,
            "in": 401 if self.is_for_programs else 302,
            "no": 302 if is_office else 403,
        }
        return int(meanings.get(word, word))


def rows_of(table: str) -> list[Row]:
    """The rows that `table` writes, a line each; of the back-office, LIST and ACTION lines stand for several."""
    lines = (line.split(maxsplit=4) for line in table.splitlines() if line.strip() and line[0] != "#")
    return [row for line in lines for row in _rows(*line)]


def _rows(method: str, path: str, status: str, audience: str, body: str = "") -> Iterator[Row]:
    if method == "LIST":
        yield from _list_rows(path, status, audience)
    elif method == "ACTION":
        yield Row("GET", path, "200", audience)
        yield Row("POST", path, status, audience, body)
    else:
        yield Row(method, path, status, audience, body)


def _list_rows(path: str, pk: str, audience: str) -> Iterator[Row]:
    """A list of the back-office and the page of one of its rows: read by `audience`, edited as a form by nobody."""
    page = f"{path}{pk}/"
    for method in ("GET", "POST"):
        yield Row(method, path, "200", audience)
        yield Row(method, f"{page}change/", "200" if method == "GET" else "403", audience)
        yield Row(method, f"{page}delete/", "403", "staff")
        yield Row(method, f"{path}add/", "403", "staff")
        for redirecting in (page, f"{page}history/"):
            yield Row(method, redirecting, "302", "staff")
        for nothing in (f"{path}do/nothing/", f"{page}do/nothing/"):
            yield Row(method, nothing, "404", "staff")


def routes() -> dict[str, set[str]]:
    """Every route of the project, as a ResolverMatch tells it, and the methods that it has to be tried with."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, set[str]]]:
        for pattern in patterns:
            here = str(pattern.pattern)
            route = prefix + here.removeprefix("^") if prefix else here
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route, _methods(pattern)

    return dict(walk(get_resolver().url_patterns, ""))


def _methods(pattern: URLPattern) -> set[str]:
    actions = getattr(pattern.callback, "actions", None)
    return {method.upper() for method in actions if method != "head"} if actions else {"GET", "POST"}


@contextmanager
def taken_back() -> Iterator[None]:
    """Run a block, durable transactions and all, and undo what it wrote."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # as Django's own TestCase does it
    with block:
        yield
        transaction.set_rollback(True)


class World:
    """One of everything, and somebody of every kind, each signed in as far as the site lets them."""

    def __init__(self) -> None:
        people = {role: factories.make_staff(role) for role in ("support", "games", "finance", "owner")}
        people |= {who: factories.make_player("150.00") for who in ("player", "stranger", "out")}
        people["new"] = User.objects.create_user(
            "21f1999999@ds.study.iitm.ac.in", "unverified", "New Here", factories.PASSWORD
        )
        self.names = {who: str(user.pk) for who, user in people.items()} | make_objects(people["player"])
        # One for all: each new one looks for static files.
        self.client = Client(raise_request_exception=False)
        self.tokens = {who: self._token(user) for who, user in people.items()}
        self.cookies = {who: self._cookies(user) for who, user in people.items()}
        # Not before: there is a session to be refused, and a token.
        User.objects.filter(pk=people["out"].pk).update(is_active=False)

    def path_of(self, row: Row) -> str:
        return Template(row.path).substitute(self.names)

    def ask(self, who: str, row: Row) -> int:
        """The status that `who` gets; what came of it is undone."""
        path, body = self.path_of(row), Template(row.body).substitute(self.names)
        token = self.tokens.get(who) if row.is_for_programs else None
        self.client.cookies = SimpleCookie({} if row.is_for_programs else self.cookies.get(who, {}))
        with taken_back():
            if row.is_for_programs:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                reply = self.client.generic(row.method, path, body, "application/json", headers=headers)
            else:
                send = self.client.post if row.method == "POST" else self.client.get
                reply = send(path, json.loads(body or "{}"))
        return reply.status_code

    def _cookies(self, user: User) -> dict[str, str]:
        """What the browser of `user` holds after signing in, or after being refused."""
        self.client.cookies.clear()
        self.client.post("/sign-in", {"login": user.email, "password": factories.PASSWORD})
        return {name: morsel.value for name, morsel in self.client.cookies.items()}

    def _token(self, user: User) -> str | None:
        credentials = {"login": user.email, "password": factories.PASSWORD}
        reply = self.client.post("/api/v1/auth/token", credentials, content_type="application/json")
        return cast("str | None", reply.json().get("token"))


def make_objects(player: User) -> dict[str, str]:
    """Template names to ids of objects; what can be somebody's is the player's."""
    event, puzzle = factories.make_event(), factories.make_codebreaker()
    session = factories.start(player, puzzle)
    slip = Slip("winner", "yes", parse_money("10.00"), game_id=event.pk)
    bet = place_bet(player=player, slip=slip).bet
    market = factories.make_event(mechanism="lmsr")
    position = Slip("winner", "yes", parse_money("10.00"), game_id=market.pk)
    colleague = factories.make_staff("finance", "games")
    adjustment = Adjustment.objects.create(
        user=player, type="credit", amount=1, reason="A prize", requested_by=colleague
    )
    webhook = Webhook.objects.create(
        url="https://bot.example.org/", events=["bet.settled"], salt="salt", created_by=colleague
    )
    question = save_question(by=colleague, question=factories.QuestionFactory.build())
    file = QuestionFile("sums.gift", b"1 + 1?{#2}")
    begins_at = clock.now() - timedelta(days=1)
    season = Season.objects.create(name="Season", begins_at=begins_at, ends_at=begins_at + timedelta(days=30))
    objects = {
        "event": event,
        "puzzle": puzzle,
        # Nobody has joined it.
        "fresh": factories.make_codebreaker(),
        "session": session,
        "bet": bet,
        "season": season,
        "link": factories.make_link(player, factories.make_player()),
        "search": factories.make_link_search(),
        # It can be sold.
        "held": place_bet(player=player, slip=position).bet,
        "position": bet.session,
        "wallet": player.wallet,
        "transaction": Transaction.objects.of(player.pk).earliest("id"),
        "adjustment": adjustment,
        "reconciliation": Reconciliation.objects.create(is_clean=True),
        "entry": audit.record(actor=colleague, action="user.suspend", target=player),
        "signin": SignIn.objects.create(user=player, way="page", result="in"),
        "export": Export.objects.create(by=colleague, listed="wallets.transaction", format="csv"),
        "question": question,
        "webhook": webhook,
        "delivery": Delivery.objects.create(webhook=webhook, event=WebhookEvent.objects.create(type="ping")),
        "upload": store_upload(by=colleague, file=file),
        "report": PlayerReport.objects.create(
            reporter=colleague, reported=player, reason="name", words="Rude."
        ),
    }
    slips = {
        "event_slip": f'{{"game": {event.pk}, "market": "winner", "choice": "yes", "amount": 5}}',
        "prize": f'{{"user": {player.pk}, "type": "credit", "amount": 5, "reason": "A prize"}}',
        "new_game": '{"name": "New", "type": "puzzle", "metadata": {"kind": "codebreaker"}}',
        "session_slip": f'{{"session": {session.pk}, "market": "solve", "choice": "within-6", "amount": 5}}',
    }
    return (
        {name: str(row.pk) for name, row in objects.items()}
        | {"slug": event.slug, "username": player.username, "somebody": factories.make_player().username}
        | slips
    )
