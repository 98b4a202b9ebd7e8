"""The page of a sudoku, without script: 81 fields and a button."""

from typing import Any

import pytest
from django.urls import reverse

from betting.models import Bet
from games.models import GameSession
from games.services import sessions
from quantix.tests import factories
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(client, player):
    """The first page of a sudoku, begun through its game's page."""
    client.force_login(player)
    game = factories.make_sudoku()
    return open_page(client, reverse("game", args=[game.slug])).send("/start")


def state() -> Any:
    return sessions.engine_of(GameSession.objects.get())[1]


def cells(grid: str) -> list[str]:
    return list(grid.replace("0", " ").strip("\n"))


def test_a_grid_is_saved_in_part_and_solved_with_its_stake_won(page):
    page = page.send("/stake", pick="solve/within-20", amount="5.00")
    solution, first = state().solution, state().grid.index("0")
    part = state().grid[:first] + solution[first] + state().grid[first + 1 :]
    page = page.send("/move", grid__cells=cells(part))
    assert state().grid == part and 'id="slip"' not in page.text
    page = page.send("/move", grid__cells=cells(solution))
    assert "You won" in page.text and "Solved without a hint" in page.text
    assert Bet.objects.get().outcome == "win"


def test_a_full_grid_that_is_wrong_is_told_and_its_clashes_are_marked(page):
    given, solution = state().given, state().solution
    wrong = "".join(digit if old != "0" else digit.translate(str.maketrans("12", "21"))
                    for old, digit in zip(given, solution, strict=True))  # fmt: skip
    page = page.send("/move", grid__cells=cells(wrong))
    assert "full, but not right" in page.text
    assert 'aria-invalid="true"' in page.text and "is-clash" in page.text


def test_a_hint_saves_what_stands_in_the_form_and_fills_a_cell(page, client):
    form, solution, first = page.form("/move"), state().solution, state().grid.index("0")
    part = state().grid[:first] + solution[first] + state().grid[first + 1 :]
    client.post(form.action, form.fields | {"grid:cells": cells(part), "hint:flag": "1"})
    assert state().grid[first] == solution[first] and len(state().hinted) == 1
    text = open_page(client, reverse("session", args=[GameSession.objects.get().pk])).text
    assert "from a hint" in text


def test_what_is_given_cannot_be_changed_and_nonsense_is_told(page):
    given = state().given
    fixed = next(cell for cell in range(81) if given[cell] != "0")
    other = "1" if given[fixed] != "1" else "2"
    page = page.send("/move", grid__cells=cells(given[:fixed] + other + given[fixed + 1 :]))
    assert page.status == 400 and "which is fixed" in page.text
    assert page.send("/move", grid__cells=["x"] * 81).status == 400
    assert state().grid == given


def test_the_solution_is_nowhere_in_the_page_before_the_end_and_shown_after_it(page, client):
    solution, session = state().solution, GameSession.objects.get()
    for address in ("session", "fair"):
        text = open_page(client, reverse(address, args=[session.pk])).text
        assert solution not in text and session.metadata["state"]["seed"] not in text
    page = page.send("/forfeit")
    assert "Given up" in page.text and "not found" in page.text
