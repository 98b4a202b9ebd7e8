"""Pencil marks as bit boards: for each digit one number of 81 bits, a bit for every cell it may still go to.

Cell 9 * row + column is bit 1 << cell. So a digit is placed with a few ands, all cells with one candidate are found in
nine steps, and a copy for a search costs two short lists.
"""

from collections.abc import Iterator

CELLS = 81
FULL = (1 << CELLS) - 1
DIGITS = range(9)

ROWS = tuple(511 << 9 * row for row in range(9))
COLUMNS = tuple(sum(1 << 9 * row + column for row in range(9)) for column in range(9))
BOXES = tuple(
    sum(7 << 9 * row + left for row in range(top, top + 3)) for top in (0, 3, 6) for left in (0, 3, 6)
)
UNITS = (*BOXES, *ROWS, *COLUMNS)
#: Cell to the bits of its row, column and box, its own included.
REACH = tuple(
    ROWS[cell // 9] | COLUMNS[cell % 9] | BOXES[cell // 27 * 3 + cell % 9 // 3] for cell in range(CELLS)
)


class Contradiction(Exception):
    """These marks have no solution."""


def cells_of(board: int) -> Iterator[int]:
    """The cells whose bits are set, from the first."""
    while board:
        low = board & -board
        yield low.bit_length() - 1
        board ^= low


class Marks:
    """What is placed and what may still be: `is_[d]` and `may[d]` are boards of digit d + 1, `open` of empty cells.

    `order` holds the cells placed by deduction, in the order they were found.
    """

    __slots__ = ("is_", "may", "open", "order")

    def __init__(self, may: list[int], is_: list[int], open: int, order: list[int]) -> None:
        self.may, self.is_, self.open, self.order = may, is_, open, order

    @classmethod
    def of(cls, grid: str) -> "Marks":
        """The marks of 81 digits. Raises Contradiction where a digit comes twice in a unit."""
        is_, taken = [0] * 9, [0] * 9
        for cell, digit in enumerate(grid):
            if digit != "0":
                d = int(digit) - 1
                if taken[d] >> cell & 1:
                    raise Contradiction
                is_[d] |= 1 << cell
                taken[d] |= REACH[cell]
        open = FULL & ~sum(is_)
        return cls([open & ~reach for reach in taken], is_, open, [])

    def copy(self) -> "Marks":
        return Marks(self.may[:], self.is_[:], self.open, self.order[:])

    def place(self, d: int, cell: int) -> None:
        """Put digit d + 1 into an empty cell. Raises Contradiction where it may not go there."""
        bit = 1 << cell
        may = self.may
        if not may[d] & bit:
            raise Contradiction
        for other in DIGITS:
            may[other] &= ~bit
        may[d] &= ~REACH[cell]
        self.is_[d] |= bit
        self.open ^= bit
        self.order.append(cell)

    def strike(self, d: int, board: int) -> bool:
        """Rule digit d + 1 out in the cells of `board`; whether that says anything new."""
        if not self.may[d] & board:
            return False
        self.may[d] &= ~board
        return True

    def by_count(self) -> tuple[int, int, int]:
        """Boards of the open cells with one, two, and three or more candidates. Contradiction where one has none."""
        one = two = three = 0
        for board in self.may:
            three |= two & board
            two |= one & board
            one |= board
        if one != self.open:
            raise Contradiction
        return one & ~two, two & ~three, three

    def grid(self) -> str:
        """81 digits, 0 where nothing is placed."""
        digits = ["0"] * CELLS
        for d, board in enumerate(self.is_):
            for cell in cells_of(board):
                digits[cell] = str(d + 1)
        return "".join(digits)

    def cell_masks(self) -> list[int]:
        """For every cell the digits that it may hold, as nine bits."""
        masks = [0] * CELLS
        for d, board in enumerate(self.may):
            for cell in cells_of(board):
                masks[cell] |= 1 << d
        return masks
