"""Linked accounts: planted pairs are found, innocents are not, and nothing is done about either."""

import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn, User
from betting.links import finding, statements
from betting.links.finding import search, search_nightly, threshold
from betting.links.models import AccountLink, LinkSearch
from betting.services import Slip, place_bet
from games.models import Game, GameSession, Question, Sighting
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import crowd, factories
from quantix.tests.planting import plant

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.localtime().replace(hour=4, minute=0, second=0, microsecond=0)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)


@pytest.fixture
def puzzle() -> Game:
    return factories.make_codebreaker()


def people(count: int) -> list[User]:
    return [factories.make_player() for _ in range(count)]


def played(user: User, game: Game, at: datetime) -> GameSession:
    """A session that is over, as far as a search looks at it."""
    return GameSession(user=user, game=game, started_at=at, ended_at=at, status="completed", result="loss")


def play(*sessions: GameSession) -> None:
    GameSession.objects.bulk_create(sessions)


def evening(days_ago: int, minute: float = 0) -> datetime:
    return NOW - timedelta(days=days_ago) + timedelta(hours=14, minutes=minute)


def look() -> LinkSearch:
    return in_one_transaction(lambda: search(NOW))


def linked() -> set[tuple[int, int]]:
    return set(AccountLink.objects.values_list("low_id", "high_id"))


def pair(one: User, other: User) -> tuple[int, int]:
    return min(one.pk, other.pk), max(one.pk, other.pk)


def crowd_of_singles(users: Sequence[User], game: Game, chance: random.Random) -> list[GameSession]:
    """Everybody plays now and then, each in their own time."""
    return [
        played(user, game, evening(day, chance.uniform(-600, 300)))
        for user in users
        for day in range(1, 21)
        if chance.random() < 0.6
    ]


def test_two_who_always_begin_in_the_same_minute_are_linked(puzzle: Game, chance: random.Random) -> None:
    one, other, *rest = people(30)
    play(*crowd_of_singles(rest, puzzle, chance))
    for day in range(1, 11):
        at = evening(day, chance.uniform(0, 40))
        play(played(one, puzzle, at), played(other, puzzle, at + timedelta(seconds=chance.uniform(5, 50))))
    look()
    assert linked() == {pair(one, other)}
    found = AccountLink.objects.get()
    assert found.kinds["times"]["matches"] >= 8
    assert {row["kind"] for row in found.shared} == {"times"}
    low, high = (GameSession.objects.get(pk=found.shared[0][side]) for side in ("low", "high"))
    assert {low.user_id, high.user_id} == {one.pk, other.pk}


@pytest.mark.parametrize("seed", range(3))
def test_a_class_that_plays_at_the_same_hour_is_not_linked(puzzle: Game, seed: int) -> None:
    """Thirty students, twenty days, each within ten minutes of the bell."""
    chance = random.Random(seed)
    pupils = people(30)
    play(
        *[
            played(pupil, puzzle, evening(day, abs(chance.gauss(0, 4))))
            for pupil in pupils
            for day in range(1, 21)
        ]
    )
    found = look()
    assert found.candidates > 0, "by chance some coincide, and are weighed"
    assert linked() == set()


def test_a_class_that_begins_at_a_word_is_not_linked(puzzle: Game, chance: random.Random) -> None:
    """All fifteen within the same half minute, every time: who was there coincides with everybody."""
    pupils = people(15)
    play(
        *[
            played(pupil, puzzle, evening(day, chance.uniform(0, 0.5)))
            for pupil in pupils
            for day in range(1, 21)
            if chance.random() < 0.9
        ]
    )
    look()
    assert linked() == set()


def test_a_pair_in_a_class_that_plays_at_the_same_hour_is_found(puzzle: Game, chance: random.Random) -> None:
    one, other, *pupils = people(30)
    for day in range(1, 21):
        play(*[played(pupil, puzzle, evening(day, chance.uniform(0, 50))) for pupil in pupils])
        at = evening(day, chance.uniform(0, 50))
        play(played(one, puzzle, at), played(other, puzzle, at + timedelta(seconds=20)))
    look()
    assert linked() == {pair(one, other)}


def test_two_who_meet_a_few_times_among_many_are_not_linked(puzzle: Game, chance: random.Random) -> None:
    one, other, *rest = people(20)
    play(*crowd_of_singles(rest, puzzle, chance))
    for day in range(1, 21):
        gap = timedelta(seconds=10) if day <= 3 else timedelta(minutes=chance.uniform(5, 30))
        at = evening(day, 5)
        play(played(one, puzzle, at), played(other, puzzle, at + gap))
    look()
    assert linked() == set()


def test_sign_ins_count_as_times_too_and_refused_ones_do_not() -> None:
    one, other, guessed = people(3)
    for day in range(1, 9):
        at = evening(day, day)
        for user, result, seconds in ((one, "in", 0), (other, "in", 30), (guessed, "wrong", 31)):
            moment = at + timedelta(seconds=seconds)
            SignIn.objects.create(user=user, way="page", result=result, at=moment)
    look()
    assert linked() == {pair(one, other)}


def bet(user: User, event: Game, choice: str, amount: str, at: datetime) -> None:
    with clock.set_to(at):
        slip = Slip("winner", choice, Decimal(amount), game_id=event.pk)
        in_one_transaction(partial(place_bet, player=user, slip=slip))


def events(count: int) -> list[Game]:
    opens = (NOW - timedelta(days=27)).isoformat()
    return [factories.make_event(opens_at=opens) for _ in range(count)]


def test_bets_that_mirror_each_other_link_and_single_ones_do_not(chance: random.Random) -> None:
    one, other, *rest = people(8)
    for number, event in enumerate(events(6)):
        at = evening(20 - number)
        stake = f"{5 + number}.00"
        bet(one, event, "yes", stake, at)
        bet(other, event, "no", stake, at + timedelta(seconds=70))
        for user in rest:
            bet(
                user,
                event,
                chance.choice(["yes", "no"]),
                chance.choice(["5.00", "10.00"]),
                at + timedelta(hours=chance.uniform(-30, 30)),
            )
    look()
    assert linked() == {pair(one, other)}
    found = AccountLink.objects.get()
    assert found.kinds["bets"] == found.kinds["bets"] | {"trials": 6, "matches": 6}


def test_a_crowd_that_bets_alike_at_the_opening_is_not_linked() -> None:
    crowd_ = people(12)
    for number, event in enumerate(events(5)):
        for place, user in enumerate(crowd_):
            bet(user, event, "yes", "5.00", evening(20 - number) + timedelta(seconds=5 * place))
    look()
    assert linked() == set()


def quiz_rows(
    user: User, quiz: Game, questions: Sequence[Question], at: datetime, right: Callable[[], bool]
) -> None:
    session = played(user, quiz, at)
    session.save()
    Sighting.objects.bulk_create(
        Sighting(user=user, question=question, session=session, is_right=right()) for question in questions
    )


@pytest.fixture
def quiz() -> Game:
    game = factories.make_quiz(bank=200)
    Question.objects.update(times_answered=100, times_right=50)
    return game


def test_who_knows_the_answers_of_questions_that_another_saw_shortly_before_is_linked(
    quiz: Game, chance: random.Random
) -> None:
    scout, follower, *rest = people(12)
    questions = list(Question.objects.order_by("pk"))
    for day in range(8):
        seen = questions[day * 5 : day * 5 + 5]
        alone = questions[100 + day * 5 : 105 + day * 5]
        quiz_rows(scout, quiz, seen, evening(20 - day), lambda: chance.random() < 0.5)
        quiz_rows(follower, quiz, seen, evening(20 - day, 12), lambda: True)
        # Alone, they know as much as anybody.
        quiz_rows(follower, quiz, alone, evening(20 - day, -400), lambda: chance.random() < 0.5)
        for user in rest:
            quiz_rows(
                user,
                quiz,
                chance.sample(questions[40:100], 5) if day == 0 else [],
                evening(20 - day, chance.uniform(0, 25)),
                lambda: chance.random() < 0.5,
            )
    look()
    assert linked() == {pair(scout, follower)}
    assert AccountLink.objects.get().kinds["answers"]["matches"] == 40


def test_who_knows_everything_is_not_linked_to_who_played_before(quiz: Game, chance: random.Random) -> None:
    early, strong = people(2)
    questions = list(Question.objects.order_by("pk"))
    for day in range(8):
        seen, alone = questions[day * 5 : day * 5 + 5], questions[100 + day * 5 : 105 + day * 5]
        quiz_rows(early, quiz, seen, evening(20 - day), lambda: chance.random() < 0.5)
        quiz_rows(strong, quiz, seen, evening(20 - day, 12), lambda: True)
        quiz_rows(strong, quiz, alone, evening(20 - day, -400), lambda: chance.random() < 0.95)
    look()
    assert linked() == set()


def test_an_address_alone_links_nobody_and_adds_to_what_else_there_is(puzzle: Game) -> None:
    one, other, mate, *rest = people(12)
    for user, address in [(one, "203.0.113.7"), (other, "203.0.113.7"), (mate, "203.0.113.7")]:
        SignIn.objects.create(user=user, way="page", result="in", at=evening(3), address=address)
    for user in rest:
        SignIn.objects.create(
            user=user,
            way="page",
            result="in",
            at=evening(user.pk % 20 + 1),
            address=f"198.51.100.{user.pk % 250}",
        )
    look()
    assert linked() == set()
    for day in range(1, 7):
        at = evening(day, day)
        play(played(one, puzzle, at), played(other, puzzle, at + timedelta(seconds=20)))
    look()
    assert linked() == {pair(one, other)}
    assert AccountLink.objects.get().kinds["address"]["weight"] > 0


def test_staff_are_not_looked_at(puzzle: Game) -> None:
    one, other = factories.make_staff("games"), factories.make_player()
    for day in range(1, 11):
        play(played(one, puzzle, evening(day)), played(other, puzzle, evening(day)))
    look()
    assert linked() == set()


def test_a_crowd_makes_no_pairs_however_large(puzzle: Game) -> None:
    """Of each act at most CROWD pairs are made: a hundred at one moment make none."""
    users = people(40)
    play(*[played(user, puzzle, evening(day)) for user in users for day in range(1, 6)])
    assert look().candidates == 0


def test_without_the_share_of_the_others_a_whole_class_would_be_linked(
    puzzle: Game, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: chance taken from the clock alone."""
    pupils = people(12)
    play(*[played(p, puzzle, evening(day, chance.uniform(0, 1))) for p in pupils for day in range(1, 16)])
    look()
    assert linked() == set()
    plant(monkeypatch, statements, "TRIALS", "(k.near + sign(k.near)) / a.others", "0")
    look()
    assert len(linked()) > 50


def test_what_is_told_takes_more_evidence_the_more_pairs_there_are() -> None:
    assert threshold(2) == math.log(10_000)
    assert threshold(10_000) == pytest.approx(math.log(10_000 * 9_999 / 2))


def test_a_search_again_changes_nothing_and_a_link_not_found_again_is_kept_for_a_while(
    puzzle: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = people(2)
    for day in range(1, 9):
        play(played(one, puzzle, evening(day)), played(other, puzzle, evening(day)))
    look()
    first = AccountLink.objects.values().get()
    look()
    assert AccountLink.objects.values().get() == first
    later = NOW + timedelta(days=40)
    in_one_transaction(lambda: search(later))
    assert AccountLink.objects.get().found_at == first["found_at"]
    in_one_transaction(lambda: search(NOW + timedelta(days=91)))
    assert linked() == set()


def test_it_is_searched_once_a_day_after_three_by_one_worker() -> None:
    with clock.set_to(NOW.replace(hour=2)):
        assert search_nightly() is None
    with clock.set_to(NOW):
        assert search_nightly() is not None
        assert search_nightly() is None
    assert [row.day for row in LinkSearch.objects.all()] == [NOW.date()]

    def tomorrow() -> Any:
        with clock.set_to(NOW + timedelta(days=1)):
            return search_nightly()

    found = crowd.at_once(*[tomorrow] * 4)
    assert crowd.kinds(found) == {"LinkSearch": 1, "NoneType": 3}
    assert LinkSearch.objects.count() == 2


def test_a_broken_search_leaves_no_trace_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.set_to(NOW):
        with monkeypatch.context() as patch:
            patch.setattr(finding, "threshold", lambda accounts: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                search_nightly()
        assert search_nightly() is not None


def test_staff_see_it_on_both_pages_with_the_evidence_and_nothing_is_done(
    client: Client, puzzle: Game
) -> None:
    one, other = people(2)
    for day in range(1, 9):
        play(played(one, puzzle, evening(day)), played(other, puzzle, evening(day)))
    look()
    client.force_login(factories.make_staff("support"))
    for mine, theirs in ((one, other), (other, one)):
        dossier = client.get(f"/admin/accounts/user/{mine.pk}/change/").context["dossier"]
        (flag,) = [fact for fact in dossier.flags if fact.name == "Linked accounts"]
        assert theirs.username in str(flag.value)
    found = AccountLink.objects.get()
    page = client.get(f"/admin/betting/accountlink/{found.pk}/change/").content.decode()
    for session in GameSession.objects.all():
        assert f"/admin/games/gamesession/{session.pk}/change/" in page
    assert client.get("/admin/betting/accountlink/", {"q": one.username}).context["cl"].result_count == 1
    assert User.objects.filter(is_active=True, pk__in=[one.pk, other.pk]).count() == 2
