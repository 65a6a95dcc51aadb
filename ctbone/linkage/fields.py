"""The fields of one row, by the names of ``Columns``: what is missing is ``None``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from ctbone.linkage import cells
from ctbone.linkage.cells import Refused, is_missing
from ctbone.linkage.dates import EARLIEST, EARLIEST_BIRTH, AmbiguousDate, read_date
from ctbone.linkage.mapping import Sheet
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Place
from ctbone.linkage.spreadsheets import RawRow

_T = TypeVar("_T")

_STYLES = "iso, dicom, day_first, month_first or excel_serial"


@dataclass(frozen=True, slots=True)
class Fields:
    """What one row says; every method raises ``Refused`` for a cell that cannot be read.

    Attributes:
        row: The row.
        sheet: How it is read.
        today: Last day that a date can be.
    """

    row: RawRow
    sheet: Sheet
    today: date

    @property
    def place(self) -> Place:
        """Where the row stands."""
        return Place(self.row.file, self.row.line)

    def identifier(self, name: str, *, digits: int | None = None) -> str:
        """Return an identifier; empty where there is none."""
        cell = self._cell(name)
        return "" if cell is None else cells.identifier(cell, digits=digits)

    def day(self, name: str) -> date | None:
        """Return a date.

        Raises:
            ValueError: If no style was named and it is not ISO 8601.
        """
        cell = self._cell(name)
        if cell is None:
            return None
        earliest = EARLIEST_BIRTH if name == "birth_date" else EARLIEST
        try:
            found = read_date(cell, self.sheet.date_style, earliest=earliest, today=self.today)
        except AmbiguousDate:
            raise ValueError(
                f"{self.place}: expected {name} in ISO 8601, as in 2025-06-21, found another "
                f"style; name it as date_style, which is one of {_STYLES}"
            ) from None
        if isinstance(found, LinkReason):
            raise Refused(found, name)
        return found

    def numbers(self, name: str) -> list[float]:
        """Return the numbers of all columns that are named."""
        columns = getattr(self.sheet.columns, name)
        named = columns if isinstance(columns, tuple) else (columns,)
        comma = self.sheet.decimal_comma
        return [cells.number(c, name=name, decimal_comma=comma) for c in self._filled(named)]

    def word(self, meaning: Callable[[Any], _T], name: str) -> _T | None:
        """Return what a word means."""
        cell = self._cell(name)
        return None if cell is None else meaning(cell)

    def truth(self, name: str) -> bool | None:
        """Return yes or no."""
        return self.word(lambda cell: cells.truth(cell, self.sheet.words, name=name), name)

    def _cell(self, name: str) -> Any:  # noqa: ANN401 - whatever a cell holds
        return next(self._filled((getattr(self.sheet.columns, name),)), None)

    def _filled(self, columns: tuple[str | None, ...]) -> Iterator[Any]:
        for column in columns:
            cell = None if column is None else self.row.cells.get(column.strip().lower())
            if not is_missing(cell, self.sheet.words):
                yield cell
