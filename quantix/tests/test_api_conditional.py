"""Who polls is told in few bytes that nothing has changed."""

import pytest

from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def polled(player):
    """A program, and the addresses that programs poll."""
    session, event = factories.start(player, factories.make_codebreaker()), factories.make_event()
    paths = [
        f"/sessions/{session.pk}",
        f"/sessions/{session.pk}/markets",
        f"/games/{event.pk}/markets",
        "/wallet",
        "/bets",
    ]
    return Program(player), paths


def test_the_same_state_is_answered_304_without_a_body(polled, settings):
    settings.RATES = settings.RATES | {"requests": Rate(100, 60)}
    program, paths = polled
    for path in paths:
        first = program.ask("GET", path)
        again = program.ask("GET", path, if_none_match=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["RateLimit-Limit"] == first["RateLimit-Limit"]
        assert again["Cache-Control"] == "private, no-cache"


def test_another_state_has_another_etag(polled, player):
    program, (path, *_) = polled
    before = program.ask("GET", path)["ETag"]
    program.ask("POST", f"{path}/moves", {"guess": "ABCD"})
    after = program.ask("GET", path, if_none_match=before)
    assert after.status_code == 200 and after["ETag"] != before


@pytest.mark.parametrize(
    "known", ["*", '"other", {etag}', "{strong}", "{etag}"], ids=["any", "one of several", "strong", "weak"]
)
def test_etags_are_compared_weakly(polled, known):
    program, (path, *_) = polled
    etag = program.ask("GET", path)["ETag"]
    sent = known.format(etag=etag, strong=etag.removeprefix("W/"))
    assert program.ask("GET", path, if_none_match=sent).status_code == 304


@pytest.mark.parametrize("known", ["", "nonsense", '"', 'W/"', "x" * 5000, '"a", "b'])
def test_an_etag_that_is_none_changes_nothing(polled, known):
    program, (path, *_) = polled
    response = program.ask("GET", path, if_none_match=known, if_match=known, if_modified_since=known)
    assert response.status_code == 200 and response.content


def test_the_state_of_another_is_not_told_by_its_etag(polled):
    program, (path, *_) = polled
    etag = program.ask("GET", path)["ETag"]
    stranger = Program(factories.make_player())
    assert_problem(stranger.ask("GET", path, if_none_match=etag), 404, "not-found")


def test_what_is_posted_has_no_etag_and_is_kept_nowhere(polled):
    program, (path, *_) = polled
    response = program.ask("POST", f"{path}/moves", {"guess": "ABCD"}, if_none_match="*")
    assert response.status_code == 200
    assert not response.has_header("ETag") and response["Cache-Control"] == "no-store"
