"""What a page says in rows: tables to sort, lists of what else there is to see, and plain facts.

Every text is plain: whatever it holds is escaped when the page is written. Numbers come formatted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

#: How much a word should catch the eye. Colour is never all that tells it: the word does.
Tone = Literal["", "calm", "watch", "alert", "quiet"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What is shown.
        number: What the cell sorts by; a column with any number stands to the right.
        tone: How much it should catch the eye; plain where empty.

    Example:
        >>> Cell("91 % (88 to 93)", 0.91).number
        0.91
    """

    text: str
    number: float | None = None
    tone: Tone = ""

    def __post_init__(self) -> None:
        if self.number is not None and not math.isfinite(self.number):
            raise ValueError(f"a cell sorts by a finite number, got {self.number} for {self.text}")


#: What stands where a number cannot be had; a note of the page says why.
NOT_GIVEN = Cell("not given")

#: Cells from left to right; a text is a cell that sorts by no number.
Row = tuple[Cell | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose rows a reader can sort.

    Attributes:
        title: What it shows.
        columns: Heads of its columns; the first column names the rows.
        rows: Its cells; a column of texts stands to the left.
        note: What is said below it.
        sortable: Whether the order of the rows is the reader's to choose.
    """

    kind: ClassVar[str] = "table"

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    sortable: bool = True

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                found = f"found {len(row)} in row {number}"
                raise ValueError(f"{self.title}: expected {len(self.columns)} cells, {found}")

    @property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows, every cell a ``Cell``."""
        return tuple(tuple(map(_to_cell, row)) for row in self.rows)

    @property
    def is_numeric(self) -> tuple[bool, ...]:
        """Whether each column holds a number, and so stands to the right, head and texts too."""
        return _numeric(self.cells, len(self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a listing: the way to a page, and what is to be known before going there.

    Attributes:
        path: Where the page is, from the folder of this one, with forward slashes.
        name: What the line is called.
        thumbnail: Path of a small picture; empty for none.
        cells: What is known, a cell a column.
    """

    path: str
    name: str
    thumbnail: str = ""
    cells: Row = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Pages to go to, a line each; stays quick with ten thousand lines.

    Attributes:
        title: What is listed, for those who do not see it.
        name: Head of the column of names.
        columns: Heads of the other columns.
        entries: The lines, in order.
    """

    kind: ClassVar[str] = "listing"

    title: str
    name: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        for entry in self.entries:
            if len(entry.cells) != len(self.columns):
                found = f"found {len(entry.cells)} for {entry.name}"
                raise ValueError(f"{self.title}: expected {len(self.columns)} cells, {found}")

    @property
    def rows(self) -> tuple[tuple[Entry, tuple[Cell, ...]], ...]:
        """The lines, every cell a ``Cell``."""
        return tuple((entry, tuple(map(_to_cell, entry.cells))) for entry in self.entries)

    @property
    def is_numeric(self) -> tuple[bool, ...]:
        """Whether each column holds a number."""
        return _numeric(tuple(cells for _, cells in self.rows), len(self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one thing: a name and a value a line.

    Attributes:
        items: Names and values.
        title: What they are of; empty for none.
    """

    kind: ClassVar[str] = "facts"

    items: tuple[tuple[str, Cell | str], ...]
    title: str = ""

    @property
    def cells(self) -> tuple[tuple[str, Cell], ...]:
        """The items, every value a ``Cell``."""
        return tuple((name, _to_cell(value)) for name, value in self.items)


def _to_cell(cell: Cell | str) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


def _numeric(rows: tuple[tuple[Cell, ...], ...], columns: int) -> tuple[bool, ...]:
    by_column = zip(*rows, strict=True) if rows else ((),) * columns
    return tuple(any(cell.number is not None for cell in column) for column in by_column)
