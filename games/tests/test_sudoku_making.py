"""Sudoku grids: solved and rated as others solve and rate them, and made as they are asked for."""

import random
from collections.abc import Iterator

import pytest

from games.engines.puzzle.sudoku.making import LEVELS, RESERVE, _disguise, make
from games.engines.puzzle.sudoku.marks import CELLS, REACH, UNITS, Contradiction, Marks, cells_of
from games.engines.puzzle.sudoku.search import random_solution, solutions, solve
from games.engines.puzzle.sudoku.techniques import (
    BEYOND,
    LADDER,
    fish,
    hidden_sets,
    hidden_singles,
    locked,
    naked_sets,
    naked_singles,
    solve_by_hand,
    xy_wing,
)

#: Published grids with their published solutions, and the level that their publishers give them in our words.
KNOWN = [
    # Wikipedia, "Sudoku": singles.
    (
        "530070000600195000098000060800060003400803001700020006060000280000419005000080079",
        "534678912672195348198342567859761423426853791713924856961537284287419635345286179",
        1,
    ),
    # Project Euler 96, grid 01: singles.
    (
        "003020600900305001001806400008102900700000008006708200002609500800203009005010300",
        "483921657967345821251876493548132976729564138136798245372689514814253769695417382",
        1,
    ),
    # Norvig, "Solving Every Sudoku Puzzle" (2006), the grid that took his search long; he gives no level.
    (
        "400000805030000000000700000020000060000080400000010000000603070500200000104000000",
        "417369825632158947958724316825437169791586432346912758289643571573291684164875293",
        None,
    ),
    # Inkala, 2012, "the world's hardest".
    (
        "800000000003600000070090200050007000000045700000100030001000068008500010090000400",
        "812753649943682175675491283154237896369845721287169534521974368438526917796318452",
        BEYOND,
    ),
]


#: The examples by which sudokuwiki.org (A. Stuart) explains techniques of our third level: each needs its own.
EXPLAINED = {
    "x-wing": "100000569492056108056109240009640801064010000218035604040500016905061402621000005",
    "hidden triple": "000001030231090000065003100678924300103050006000136700009360570006019843300000000",
    "y-wing": "900240000050690231020050090090700320002935607070002900069020073510079062207086009",
    "swordfish": "529410703006003002003200000052300076637050200190627530300069420200830600960742305",
}


def by_cover(grid: str) -> Iterator[str]:
    """Every solution by exact cover (Knuth's algorithm X, over sets): another solver than ours, and slow."""
    choices = {
        (cell, digit): [
            ("c", cell),
            ("r", cell // 9, digit),
            ("k", cell % 9, digit),
            ("b", _box(cell), digit),
        ]
        for cell in range(CELLS)
        for digit in "123456789"
        if grid[cell] in ("0", digit)
    }
    needs: dict[tuple[object, ...], set[tuple[int, str]]] = {}
    for choice, covered in choices.items():
        for need in covered:
            needs.setdefault(need, set()).add(choice)
    yield from _covers(choices, needs, [])


def _covers(choices, needs, taken):
    if not needs:
        yield "".join(digit for _, digit in sorted(taken))
        return
    need = min(needs, key=lambda name: len(needs[name]))
    for choice in sorted(needs[need]):
        clashing = set().union(*(needs[other] for other in choices[choice]))
        left = {name: options - clashing for name, options in needs.items() if name not in choices[choice]}
        yield from _covers(choices, left, [*taken, choice])


def _box(cell: int) -> int:
    return cell // 27 * 3 + cell % 9 // 3


@pytest.mark.parametrize(("given", "solution", "level"), KNOWN)
def test_known_grids_have_their_known_solutions(given, solution, level):
    assert solve(given) == solution
    assert list(by_cover(given)) == [solution]
    rated = solve_by_hand(given).level
    assert level in (rated, None)


@pytest.mark.parametrize("technique", EXPLAINED)
def test_the_examples_of_a_technique_need_its_level(technique):
    assert solve_by_hand(EXPLAINED[technique]).level == 3
    assert solve(EXPLAINED[technique]) is not None


def test_a_grid_with_two_solutions_or_none_has_no_one_solution():
    given, solution, _ = KNOWN[0]
    pair = solution.replace("1", "0").replace("2", "0")
    assert solve(pair) is None and len(list(solutions(Marks.of(pair)))) == len(list(by_cover(pair))) >= 2
    assert solve("0" * 81) is None
    assert solve("55" + given[2:]) is None
    # Each cell of the first row but its last, and the digit that is left may not go there.
    assert solve("12345678" + "0" * 18 + "9" + "0" * 54) is None


def test_a_digit_twice_in_a_unit_is_a_contradiction():
    for grid in ("11" + "0" * 79, "1" + "0" * 8 + "1" + "0" * 71, "1" + "0" * 9 + "1" + "0" * 70):
        with pytest.raises(Contradiction):
            Marks.of(grid)


def test_the_units_and_what_a_cell_sees():
    assert len(UNITS) == 27 and all(unit.bit_count() == 9 for unit in UNITS)
    assert all(reach.bit_count() == 21 for reach in REACH)
    assert list(cells_of(REACH[0])) == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        18,
        19,
        20,
        27,
        36,
        45,
        54,
        63,
        72,
    ]


# Techniques, each on marks made for it: only what it should is struck or placed.


def marks_of(**may: list[int]) -> Marks:
    """Marks in which digit d (`d5`) may go to these cells only, and the others everywhere."""
    marks = Marks.of("0" * 81)
    for name, cells in may.items():
        marks.may[int(name[1]) - 1] = sum(1 << cell for cell in cells)
    return marks


def test_a_cell_with_one_candidate_and_a_digit_with_one_place_are_singles():
    given = KNOWN[0][0]
    marks = Marks.of(given)
    assert naked_singles(marks)
    assert all(marks.grid()[cell] == KNOWN[0][1][cell] for cell in marks.order)
    marks = Marks.of("100000000000100000000000100" + "0" * 54)
    assert not naked_singles(marks)
    marks = Marks.of("000100000" + "000000100" + "0" * 9 + "01" + "0" * 25 + "1" + "0" * 26)
    assert not naked_singles(marks)
    assert hidden_singles(marks) and marks.order[0] == 20 and marks.grid()[20] == "1"


def test_pointing_clears_the_line_and_claiming_the_box():
    marks = marks_of(d1=[0, 1, 5, 40])
    assert locked(marks) and not marks.may[0] >> 5 & 1
    marks = marks_of(d1=[0, 1, 10, 40])
    assert locked(marks) and not marks.may[0] >> 10 & 1


def only(marks: Marks, cell: int, digits: str) -> None:
    for d in range(9):
        if str(d + 1) not in digits:
            marks.strike(d, 1 << cell)


def test_two_cells_with_two_digits_clear_their_unit():
    marks = marks_of()
    only(marks, 0, "12")
    only(marks, 5, "12")
    assert not naked_sets(3)(marks_of())
    assert naked_sets(2)(marks)
    assert marks.cell_masks()[3] == 0b111111100 and marks.cell_masks()[0] == 0b11


def test_three_cells_with_three_digits_clear_their_unit():
    marks = marks_of()
    for cell, digits in ((0, "12"), (4, "23"), (8, "13")):
        only(marks, cell, digits)
    assert not naked_sets(2)(marks)
    assert naked_sets(3)(marks)
    assert marks.cell_masks()[3] == 0b111111000


def test_two_digits_with_two_places_clear_these():
    marks = marks_of()
    for cell in (1, 2, 3, 4, 6, 7, 8):
        marks.strike(0, 1 << cell)
        marks.strike(1, 1 << cell)
    assert hidden_sets(2)(marks)
    assert marks.cell_masks()[0] == marks.cell_masks()[5] == 0b11


def test_an_x_wing_clears_its_columns_and_a_swordfish_three():
    corners = [9 * row + column for row in (0, 4) for column in (1, 7)]
    marks = marks_of(d1=[*corners, 28, 30, 33, 64, 66, 69])
    assert fish(2)(marks)
    assert list(cells_of(marks.may[0])) == sorted([*corners, 30, 33, 66, 69])
    body = [1, 4, 31, 34, 55, 61]
    marks = marks_of(d1=[*body, 10, 12, 15, 17])
    assert not fish(2)(marks) and fish(3)(marks)
    assert list(cells_of(marks.may[0])) == sorted([*body, 12, 15, 17])


def test_an_xy_wing_clears_what_both_its_wings_see():
    marks = marks_of()
    for cell, digits in ((0, "12"), (5, "13"), (10, "23")):
        only(marks, cell, digits)
    assert xy_wing(marks)
    struck = [cell for cell in range(81) if cell not in (0, 5, 10) and not marks.may[2] >> cell & 1]
    assert struck == [1, 2, 12, 13, 14]


def test_techniques_only_say_what_is_true():
    """On grids of every level, no technique ever strikes or places against the solution."""
    for seed in range(12):
        for difficulty in LEVELS:
            grid = make(random.Random(f"{seed}"), difficulty)
            marks = Marks.of(grid.given)
            while any(technique(marks) for _, technique in LADDER):
                assert all(
                    (marks.may[int(digit) - 1] | marks.is_[int(digit) - 1]) >> cell & 1
                    for cell, digit in enumerate(grid.solution)
                )


# Making.


@pytest.mark.parametrize("difficulty", LEVELS)
def test_grids_are_as_hard_as_asked_for_and_have_one_solution_by_another_solver_too(difficulty):
    for seed in range(4):
        grid = make(random.Random(f"{difficulty} {seed}"), difficulty)
        assert solve_by_hand(grid.given).level == LEVELS[difficulty]
        assert list(by_cover(grid.given)) == [grid.solution]
        assert all(given in ("0", digit) for given, digit in zip(grid.given, grid.solution, strict=True))


def test_a_seed_makes_the_same_grid_again_and_another_seed_another():
    grids = [make(random.Random(seed), "medium") for seed in ("a", "a", "b")]
    assert grids[0] == grids[1] != grids[2]


def test_an_easy_grid_is_short_and_a_harder_one_keeps_no_digit_that_it_need_not():
    assert 81 - make(random.Random(1), "easy").given.count("0") == 36
    assert 81 - make(random.Random(1), "expert").given.count("0") < 30


def test_random_full_grids_are_full_and_right_and_differ():
    grids = {random_solution(random.Random(seed)) for seed in range(40)}
    assert len(grids) == 40
    assert all(solve(grid) == grid for grid in grids)


@pytest.mark.parametrize(("level", "grid"), [(level, grid) for level in RESERVE for grid in RESERVE[level]])
def test_a_grid_of_the_reserve_is_as_hard_as_it_says_in_every_guise(level, grid):
    chance = random.Random(grid)
    guises = {_disguise(grid, chance) for _ in range(20)}
    assert len(guises) == 20
    for guise in guises:
        assert solve(guise) and solve_by_hand(guise).level == level


def test_without_luck_a_grid_comes_from_the_reserve(monkeypatch):
    monkeypatch.setattr("games.engines.puzzle.sudoku.making.DRAWS_MAX", 0)
    for difficulty in ("medium", "hard", "expert"):
        assert solve_by_hand(make(random.Random(3), difficulty).given).level == LEVELS[difficulty]
