"""What a page says, apart from how it looks.

Every text is plain: whatever it holds is escaped when the page is written. Numbers come formatted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ctbone.pages.vectors import parse


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What is shown.
        number: What the cell sorts by; a column with any number stands to the right.

    Example:
        >>> Cell("91 % (88 to 93)", 0.91).number
        0.91
    """

    text: str
    number: float | None = None

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
        return tuple(
            tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
            for row in self.rows
        )

    @property
    def is_numeric(self) -> tuple[bool, ...]:
        """Whether each column holds a number, and so stands to the right, head and texts too."""
        columns = zip(*self.cells, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(any(cell.number is not None for cell in column) for column in columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing that becomes part of the page.

    Attributes:
        svg: Text of an SVG file.
        alt: What it shows, for those who do not see it.
        caption: What is said below it.

    Raises:
        ValueError: If the text is no SVG.
    """

    kind: ClassVar[str] = "figure"

    svg: str
    alt: str
    caption: str

    def __post_init__(self) -> None:
        parse(self.svg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that lies beside the page.

    Attributes:
        path: Where, from the folder of the page, with forward slashes.
        alt: What it shows, for those who do not see it.
        caption: What is said below it.
    """

    kind: ClassVar[str] = "picture"

    path: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Figures or pictures beside each other, as many as the page is wide.

    Attributes:
        items: The figures and pictures.
        title: What they show; empty for none.
    """

    kind: ClassVar[str] = "gallery"

    items: tuple[Figure | Picture, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text.

    Attributes:
        text: The text.
        quotable: Whether it is made to be quoted elsewhere; it then stands apart, ready to copy.
    """

    kind: ClassVar[str] = "paragraph"

    text: str
    quotable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to another page of the same run.

    Attributes:
        path: Where, from the folder of the page, with forward slashes.
        text: What a reader finds there.
    """

    kind: ClassVar[str] = "link"

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that a reader must not miss.

    Attributes:
        text: The sentence.
    """

    kind: ClassVar[str] = "note"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What most readers pass over: one line until it is opened; printed whole.

    Attributes:
        summary: The line.
        blocks: What it hides.
    """

    kind: ClassVar[str] = "folded"

    summary: str
    blocks: tuple[Block, ...]


Block = Table | Figure | Picture | Gallery | Paragraph | Link | Note | Folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page that the list of contents names.

    Attributes:
        title: Its head.
        blocks: What it says, in order.
        aside: A word behind the head, in small.
    """

    title: str
    blocks: tuple[Block, ...]
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole page.

    Attributes:
        title: Its head.
        lead: What it is, in a sentence or two.
        sections: Its parts.
        footer: Its last line.
        language: Of its text, as HTML names it.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    footer: str = ""
    language: str = "en"
