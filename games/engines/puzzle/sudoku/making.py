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
#: Drawn at most; who has no luck so long (one seed in five at `hard`, few elsewhere) gets one of RESERVE
#: in another guise. So a start takes no longer than so many draws.
DRAWS_MAX = 10
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
        "030600000050010038000070600000000400000502070100900362700430100040000900000000000",
        "006008000000030020005000071400900200090100000008300000020004068300000400000000005",
        "005041000000708000006200000000010000094060008670009040062000003000000905407002800",
        "010290400059003007030004000006000500000830006700000009000000600000500703004007900",
        "400035200065000000000089000081000370000007900000050040007360820030000009026000050",
        "047090053600800000900740000500420100382900700000000300000080010065000074000600900",
        "500000200400208730200700000021000060050006000040300908000093071000000809000401000",
        "030050006000070041006092070060200000800000030904000000005009020300006000210085900",
        "000000080823000060700602000586097104090004000070830900000300008060070020100006700",
        "070000006043008970806000000000901050091032004208000100000104503000000000700200010",
        "030500047400002030090600000009000004000056000000200701070000000620009008805001003",
        "002030050140002800000450000004580090370009020000003000060000302500700900701000060",
        "014300080006000020580001400000000096060907038950000007000290000008470002000803000",
        "000000009400039006003008270900000000000140005040200700100700030070000402000000000",
        "060008002000000040290706050730000900900080060000100280000530006456010000000000000",
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
