"""Grids to solve: drawn from a seed until they ask of a player what their level says.

Digging takes digits out of a full grid as long as a person, or for the last level a search, still finds them
again. What comes out is rated by the techniques it needs. One that asks for too much gets digits back until it
fits; one that asks for too little is thrown away, and the next is drawn.
"""

import random
from dataclasses import dataclass

from games.engines.puzzle.sudoku.marks import CELLS, Marks
from games.engines.puzzle.sudoku.search import has_another, random_solution, solve
from games.engines.puzzle.sudoku.techniques import BEYOND, is_single, singles_place, solve_by_hand

LEVELS = {"easy": 1, "medium": 2, "hard": 3, "expert": BEYOND}
#: Digits that an easy grid keeps: found one by one all the same, but sooner.
EASY_GIVEN = 36
#: Drawn at most; who has no luck so long (one seed in twelve at `hard`, fewer elsewhere) gets one of RESERVE
#: in another guise. So a start takes no longer than so many draws.
DRAWS_MAX = 16
#: Digits that are tried at most, one after the other, to make a grid that asks for too much ask for less.
TRIES_MAX = 8
#: Grids of the levels that have to be met with. Swapping digits, rows and columns leaves a level alone.
RESERVE = {
    2: (
        "050000430000600001070008000000026040000900008902040500008700600060000000230005007",
        "003200906600081000089300700006500340050000207000000800000020000008067000020400000",
    ),
    3: (
        "000003905000004300059000070900200000030061000408070000507000001001000508000000004",
        "508034070000601052000002003030500017000208046016000500040100060000007009169000700",
        "090000050700008010000500002007090000010080000009150604152000090030600070000000005",
        "730600100001800760000000000000000000040503070200061400003005600004000200000027005",
    ),
    4: (
        "820070000000000000000852094600400000000010350100008700072000000500001008000030000",
        "900217080000000200010000003000005008097040050000060000203051009650009020100300005",
    ),
}


@dataclass(frozen=True)
class Grid:
    """81 digits each, row by row: what is given (0 for empty), and its one solution."""

    given: str
    solution: str


def make(chance: random.Random, difficulty: str) -> Grid:
    """A grid of that difficulty, with one solution; the same for the same `chance`."""
    level = LEVELS[difficulty]
    for _ in range(DRAWS_MAX):
        solution = random_solution(chance)
        given = _fit(_dig(solution, chance, level), solution, chance, level)
        if given:
            break
    else:
        given = _disguise(chance.choice(RESERVE[level]), chance)
    proved = solve(given)
    assert proved, "a grid has exactly one solution"
    return Grid(given, proved)


def _dig(solution: str, chance: random.Random, level: int) -> str:
    """`solution` without the digits that can be found again."""
    grid, left = list(solution), CELLS
    for cell in chance.sample(range(CELLS), CELLS):
        if level == 1 and left == EASY_GIVEN:
            break
        digit, grid[cell] = grid[cell], "0"
        if _comes_back("".join(grid), cell, digit, level):
            left -= 1
        else:
            grid[cell] = digit
    return "".join(grid)


def _comes_back(grid: str, cell: int, digit: str, level: int) -> bool:
    """Whether `grid` leaves no choice for `cell`. Singles show it for most, and quickly."""
    marks, d = Marks.of(grid), int(digit) - 1
    return (
        is_single(marks, d, cell)
        or singles_place(marks, cell)
        or (level > 1 and not has_another(marks, d, cell))
    )


def _fit(given: str, solution: str, chance: random.Random, level: int) -> str | None:
    """`given`, with digits back where it asks for more than `level`, but none that would make it ask for less.

    None where that does not lead there.
    """
    found = solve_by_hand(given)
    # What is found on the way to where people get stuck does not help them on.
    hard = [cell for cell in range(CELLS) if given[cell] == "0" and cell not in found.order]
    tries = hard or [cell for cell in range(CELLS) if given[cell] == "0"]
    needed = found.level
    for cell in chance.sample(tries, min(len(tries), TRIES_MAX)) if needed > level else ():
        easier = given[:cell] + solution[cell] + given[cell + 1 :]
        with_it = solve_by_hand(easier).level
        if with_it >= level:
            given, needed = easier, with_it
        if needed == level:
            break
    return given if needed == level else None


def _disguise(grid: str, chance: random.Random) -> str:
    """Another grid, as hard: digits renamed, bands and rows in them swapped, and columns likewise, and turned over."""
    names = dict(zip("0123456789", "0" + "".join(chance.sample("123456789", 9)), strict=True))
    rows, columns = _lines(chance), _lines(chance)
    cells = [(row, column) for row in rows for column in columns]
    if chance.random() < 0.5:
        cells = [(column, row) for row, column in cells]
    return "".join(names[grid[9 * row + column]] for row, column in cells)


def _lines(chance: random.Random) -> list[int]:
    """The nine rows (or columns) in an order that keeps those of a band together."""
    return [3 * band + line for band in chance.sample(range(3), 3) for line in chance.sample(range(3), 3)]
