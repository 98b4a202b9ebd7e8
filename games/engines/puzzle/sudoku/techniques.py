"""How people solve: techniques from the easiest on, and what a grid needs of them.

Each technique looks once over the marks, writes what it finds, and says whether that was anything. They only draw
conclusions that hold, so a grid they solve has one solution.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from games.engines.puzzle.sudoku.marks import (
    BOXES,
    COLUMNS,
    DIGITS,
    REACH,
    ROWS,
    UNITS,
    Contradiction,
    Marks,
    cells_of,
)

Technique = Callable[[Marks], bool]
#: Where a box and a line cross: (box, line).
CROSSINGS = tuple((box, line) for box in BOXES for line in (*ROWS, *COLUMNS) if box & line)


def naked_singles(marks: Marks) -> bool:
    """A cell with one candidate holds it."""
    singles, _, _ = marks.by_count()
    for d in DIGITS:
        for cell in cells_of(marks.may[d] & singles):
            marks.place(d, cell)
    return bool(singles)


def hidden_singles(marks: Marks) -> bool:
    """A digit with one place left in a unit goes there."""
    found = False
    may, is_ = marks.may, marks.is_
    for d in DIGITS:
        if not may[d] and is_[d].bit_count() == 9:
            continue
        for unit in UNITS:
            places = may[d] & unit
            if not places & (places - 1):
                if places:
                    marks.place(d, places.bit_length() - 1)
                    found = True
                elif not is_[d] & unit:
                    raise Contradiction
    return found


def locked(marks: Marks) -> bool:
    """Pointing and claiming: all places of a box in one line, or of a line in one box, clear the rest of the other."""
    found = False
    for d in DIGITS:
        for box, line in CROSSINGS:
            here = marks.may[d] & box & line
            if here:
                if here == marks.may[d] & box:
                    found |= marks.strike(d, line & ~box)
                elif here == marks.may[d] & line:
                    found |= marks.strike(d, box & ~line)
    return found


def naked_sets(size: int) -> Technique:
    """`size` cells of a unit that hold `size` digits between them: the unit's other cells hold none of these."""

    def technique(marks: Marks) -> bool:
        masks, found = marks.cell_masks(), False
        for unit in UNITS:
            cells = [cell for cell in cells_of(unit & marks.open) if masks[cell].bit_count() <= size]
            for chosen in combinations(cells, size):
                digits = _union(masks[cell] for cell in chosen)
                if digits.bit_count() == size:
                    rest = unit & ~sum(1 << cell for cell in chosen)
                    for d in cells_of(digits):
                        found |= marks.strike(d, rest)
            if found:
                return True
        return False

    return technique


def hidden_sets(size: int) -> Technique:
    """`size` digits with `size` places in a unit between them: these cells hold nothing else."""

    def technique(marks: Marks) -> bool:
        for unit in UNITS:
            places = [(d, marks.may[d] & unit) for d in DIGITS]
            few = [(d, board) for d, board in places if 0 < board.bit_count() <= size]
            for chosen in combinations(few, size):
                cells = _union(board for _, board in chosen)
                if cells.bit_count() == size:
                    ours = {d for d, _ in chosen}
                    struck = [marks.strike(d, cells) for d in DIGITS if d not in ours]
                    if any(struck):
                        return True
        return False

    return technique


def fish(size: int) -> Technique:
    """X-wing (2), swordfish (3): `size` lines hold a digit in `size` crossing lines only, which it leaves elsewhere."""

    def technique(marks: Marks) -> bool:
        return any(
            _fish(marks, d, size, base, cover)
            for d in DIGITS
            for base, cover in ((ROWS, COLUMNS), (COLUMNS, ROWS))
        )

    return technique


def _fish(marks: Marks, d: int, size: int, base: Sequence[int], cover: Sequence[int]) -> bool:
    places = [marks.may[d] & line for line in base]
    few = [board for board in places if 0 < board.bit_count() <= size]
    for chosen in combinations(few, size):
        body = _union(chosen)
        crossing = [line for line in cover if line & body]
        if len(crossing) == size and marks.strike(d, _union(crossing) & ~body):
            return True
    return False


def xy_wing(marks: Marks) -> bool:
    """A cell of x, y that sees one of x, z and one of y, z: whatever it holds, z is in one of these."""
    masks, (_, pairs, _) = marks.cell_masks(), marks.by_count()
    for pivot in cells_of(pairs):
        wings = list(cells_of(pairs & REACH[pivot] & ~(1 << pivot)))
        for one, other in combinations(wings, 2):
            shared = masks[one] & masks[other]
            is_wing = shared.bit_count() == 1 and masks[one] ^ masks[other] == masks[pivot]
            both = REACH[one] & REACH[other] & ~(1 << one | 1 << other)
            if is_wing and marks.strike(shared.bit_length() - 1, both):
                return True
    return False


def _union(boards: Iterator[int] | Sequence[int]) -> int:
    union = 0
    for board in boards:
        union |= board
    return union


#: Techniques by what they ask of a player: 1 singles, 2 pairs and locked candidates, 3 larger patterns.
LADDER: tuple[tuple[int, Technique], ...] = (
    (1, naked_singles),
    (1, hidden_singles),
    (2, locked),
    (2, naked_sets(2)),
    (2, hidden_sets(2)),
    (3, naked_sets(3)),
    (3, hidden_sets(3)),
    (3, fish(2)),
    (3, xy_wing),
    (3, naked_sets(4)),
    (3, fish(3)),
)
BEYOND = 4


@dataclass(frozen=True)
class Solution:
    """What a person makes of a grid: how far up the ladder they have to go, and the cells in the order they fall.

    `level` is BEYOND where no technique of the ladder gets further; `order` then holds what was found before.
    """

    level: int
    order: tuple[int, ...]


def solve_by_hand(grid: str) -> Solution:
    """Solve with the easiest technique that gets anywhere, again and again. Raises Contradiction."""
    marks, level = Marks.of(grid), 0
    while marks.open:
        step = next((rung for rung, technique in LADDER if technique(marks)), BEYOND)
        level = max(level, step)
        if step == BEYOND:
            break
    return Solution(level, tuple(marks.order))


def is_single(marks: Marks, d: int, cell: int) -> bool:
    """Whether digit d + 1 has no other place in the row, the column or the box of `cell`."""
    bit, places = 1 << cell, marks.may[d]
    units = (BOXES[cell // 27 * 3 + cell % 9 // 3], ROWS[cell // 9], COLUMNS[cell % 9])
    return any(places & unit == bit for unit in units)


def singles_place(marks: Marks, cell: int) -> bool:
    """Whether singles alone place `cell`; `marks` are worked on until they do, or until no single is left."""
    while marks.open >> cell & 1:
        if not (naked_singles(marks) or hidden_singles(marks)):
            return False
    return True
