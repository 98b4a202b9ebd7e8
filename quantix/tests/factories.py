"""People, games and sessions for tests, made through the services that make the real ones."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import SignIn, User
from betting.links.models import AccountLink, LinkSearch
from games.models import Game, GameSession, Question
from games.services import events, sessions
from wallets import ledger

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A verified player, whose wallet holds the sign-up bonus."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"21f2{n:06d}@ds.study.iitm.ac.in")
    username = factory.Sequence(lambda n: f"player{n}")
    # Not drawn by lot: a name can be like a password that a test gives.
    full_name = factory.Sequence(lambda n: f"Player Number {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        with transaction.atomic():
            user = User.objects.create_user(**kwargs)
            user.mark_verified()
        return user


class QuestionFactory(factory.django.DjangoModelFactory[Question]):
    """A single-choice question whose right option is the text `right`."""

    class Meta:
        model = Question

    kind = "single"
    text = factory.Sequence(lambda n: f"Question {n}?")
    options = ("wrong", "right", "also wrong", "wrong too")
    right = 1
    explanation = "Because it is right."
    tags = ("probability",)
    difficulty = 3


def make_player(balance: str = "100.00", **kwargs: Any) -> User:
    """A verified player whose wallet holds `balance`."""
    user: User = UserFactory.create(**kwargs)
    user.wallet.refresh_from_db()
    difference = Decimal(balance) - user.wallet.balance
    if difference:
        type = "credit" if difference > 0 else "debit"
        with transaction.atomic():
            ledger.post(
                user_id=user.pk, type=type, category="bonus", amount=abs(difference), description="Test money"
            )
        user.wallet.refresh_from_db()
    return user


def make_staff(*roles: str, **kwargs: Any) -> User:
    """A member of staff with `roles` (support, games, finance, owner)."""
    user: User = UserFactory.create(is_admin=True, **kwargs)
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


def make_codebreaker(**config: Any) -> Game:
    return _save(Game(name=_name("Codebreaker"), type="puzzle", metadata={"kind": "codebreaker", **config}))


def make_word(**config: Any) -> Game:
    return _save(Game(name=_name("Word"), type="puzzle", metadata={"kind": "word", **config}))


def make_sudoku(**config: Any) -> Game:
    config = {"kind": "sudoku", "difficulty": "easy", **config}
    return _save(Game(name=_name("Sudoku"), type="puzzle", metadata=config))


def make_daily(kind: str = "word", **config: Any) -> Game:
    """A daily puzzle of `kind`."""
    config = {"kind": kind, "stakes": None, **config}
    return _save(Game(name=_name(f"Daily {kind}"), type="puzzle", is_daily=True, metadata=config))


def make_quiz(questions: int = 3, bank: int = 6, **config: Any) -> Game:
    """A quiz of `questions` drawn from a bank of `bank` fresh ones, with a tag of its own."""
    tag = _name("tag").lower().replace(" ", "-")
    QuestionFactory.create_batch(bank, tags=[tag])
    return _save(
        Game(name=_name("Quiz"), type="quiz", metadata={"tags": [tag], "questions": questions, **config})
    )


def make_event(**config: Any) -> Game:
    """An open prediction with the options `yes` and `no`; at fixed odds (2.00, 1.80) if nothing else is asked for."""
    now = timezone.now()
    is_fixed = config.get("mechanism", "fixed") == "fixed"
    defaults = {
        "mechanism": "fixed",
        "options": [
            {"id": "yes", "label": "Yes"} | ({"odds": "2.00"} if is_fixed else {}),
            {"id": "no", "label": "No"} | ({"odds": "1.80"} if is_fixed else {}),
        ],
        "opens_at": (now - timedelta(hours=1)).isoformat(),
        "closes_at": (now + timedelta(hours=1)).isoformat(),
        "criteria": "As the notice board says.",
    }
    return _save(Game(name=_name("Event"), type="prediction", metadata=defaults | config))


def start(player: User, game: Game) -> GameSession:
    with transaction.atomic():
        return sessions.start_session(player=player, game_id=game.pk)


def make_link(low: User, high: User) -> AccountLink:
    """A link of two accounts, `low` the older one, found by an address that they share."""
    sign_ins = [
        SignIn.objects.create(user=user, way="page", result="in", address="10.1.2.3") for user in (low, high)
    ]
    shared = {"kind": "address", "at": timezone.now().isoformat(), "place": "10.1.2.3"}
    return AccountLink.objects.create(
        low=low,
        high=high,
        weight=7.5,
        kinds={"address": {"trials": 1, "matches": 1, "weight": 7.5}},
        shared=[shared | {"low": sign_ins[0].pk, "high": sign_ins[1].pk}],
    )


def make_link_search() -> LinkSearch:
    """A search for links on a day of its own."""
    now = timezone.now()
    found = {"accounts": 2, "candidates": 1, "links": 1}
    day = (now + timedelta(days=next(_days))).date()
    return LinkSearch.objects.create(day=day, began_at=now, ended_at=now, **found)


_days = iter(range(1, 10**6))
_names = iter(range(1, 10**9))


def _name(kind: str) -> str:
    return f"{kind} {next(_names)}"


def _save(game: Game) -> Game:
    with transaction.atomic():
        return events.save_game(by=make_staff("games"), game=game)
