"""All solutions of a grid, by search: the proof that there is exactly one."""

import random
from collections.abc import Iterator
from itertools import islice

from games.engines.puzzle.sudoku.marks import DIGITS, FULL, Contradiction, Marks, cells_of
from games.engines.puzzle.sudoku.techniques import hidden_singles, naked_singles


def solutions(marks: Marks, chance: random.Random | None = None) -> Iterator[str]:
    """Every solution of `marks` (which are worked on), each as 81 digits; in an order by `chance` if it is given."""
    try:
        while naked_singles(marks) or hidden_singles(marks):
            pass
        if not marks.open:
            yield marks.grid()
            return
        cell = _narrowest(marks)
    except Contradiction:
        return
    digits = [d for d in DIGITS if marks.may[d] >> cell & 1]
    if chance:
        chance.shuffle(digits)
    for d in digits:
        branch = marks.copy()
        branch.place(d, cell)
        yield from solutions(branch, chance)


def _narrowest(marks: Marks) -> int:
    """An open cell with as few candidates as there are; singles have been placed before."""
    _, two, more = marks.by_count()
    if two:
        return (two & -two).bit_length() - 1
    return min(cells_of(more), key=lambda cell: sum(board >> cell & 1 for board in marks.may))


def solve(grid: str) -> str | None:
    """The one solution of `grid`; None where there is none, or more than one."""
    try:
        found = list(islice(solutions(Marks.of(grid)), 2))
    except Contradiction:
        return None
    return found[0] if len(found) == 1 else None


def random_solution(chance: random.Random) -> str:
    """A full grid. The first row is shuffled, the rest searched in random order."""
    first = "".join(chance.sample("123456789", 9))
    return next(solutions(Marks.of(first.ljust(81, "0")), chance))


def has_another(marks: Marks, d: int, cell: int) -> bool:
    """Whether `marks` (which are worked on) have a solution in which `cell` does not hold digit d + 1."""
    marks.may[d] &= FULL ^ (1 << cell)
    return next(solutions(marks), None) is not None
