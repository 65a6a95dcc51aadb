"""Rows of a spreadsheet, as CSV or as a workbook of Excel, with the numbers of their lines.

Spreadsheets hold patients, and so may their names: messages call a file by its number, and quote
no cell of it.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ctbone.delimited import read_rows, to_columns
from ctbone.linkage.mapping import Sheet

#: What is read of a file that is no table as text; anything else is read as text.
_REFUSED = MappingProxyType(
    {
        ".xls": "a workbook of an older Excel",
        ".xlsb": "a binary workbook of Excel",
        ".xlsm": "a workbook with macros",
        ".ods": "a workbook of LibreOffice",
        ".numbers": "a workbook of Numbers",
    }
)

#: Most bytes that a workbook may unpack to: more than a million rows of 20 columns take.
_MOST_BYTES = 1 << 30

#: What reading an archive raises where it is torn or packed in a way that is not read.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in its file.

    Attributes:
        file: Number of the file, from 1, in the order in which they were given.
        line: Number of the line, or of the row of a worksheet, from 1.
        cells: Its cells by the name of the column in lower case: text, and of a workbook also
            numbers, dates and truth values.
    """

    file: int
    line: int
    cells: Mapping[str, Any] = field(repr=False)


def read_spreadsheet(path: Path, sheet: Sheet, *, number: int) -> list[RawRow]:
    """Read all rows of a spreadsheet that hold anything.

    Args:
        path: The file.
        sheet: How it is read.
        number: Its number, from 1: what messages call it.

    Raises:
        ValueError: If it is no such file, or lacks a column that is to be read.
    """
    alias, required = f"spreadsheet {number}", list(dict.fromkeys(sheet.columns.names()))
    if not path.is_file():
        raise ValueError(f"{alias}: expected a file, found none")
    if other := _REFUSED.get(path.suffix.lower()):
        raise ValueError(f"{alias}: expected CSV or .xlsx, found {other}; save it as .xlsx")
    try:
        rows = _read(path, sheet, required=required, alias=alias)
    # What the system says names the path.
    except OSError as trouble:
        found = (trouble.strerror or "an error of the system").lower()
        raise ValueError(f"{alias}: expected a file that can be read, found {found}") from None
    return [RawRow(number, line, cells) for line, cells in rows]


def _read(
    path: Path, sheet: Sheet, *, required: Sequence[str], alias: str
) -> Iterable[tuple[int, dict[str, Any]]]:
    if path.suffix.lower() == ".xlsx":
        return _read_workbook(path, sheet.worksheet, required=required, alias=alias)
    return read_rows(path, required=required, encoding=sheet.encoding or "", alias=alias)


def _read_workbook(
    path: Path, worksheet: int, *, required: Sequence[str], alias: str
) -> list[tuple[int, dict[str, Any]]]:
    lines = _filled(_lines(path, worksheet, alias))
    _, header = next(lines, (0, ()))
    names = ["" if cell is None else str(cell).strip() for cell in header]
    columns = to_columns(names, alias, required=required, is_quoted=False)
    return [(line, dict(zip(columns, cells, strict=False))) for line, cells in lines]


def _filled(lines: Iterable[tuple[int, tuple[Any, ...]]]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the lines that hold anything but white space."""
    for line, cells in lines:
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield line, cells


def _lines(path: Path, worksheet: int, alias: str) -> list[tuple[int, tuple[Any, ...]]]:
    _require_bounded(path, alias)
    try:
        # It warns of drop-down lists and the like, which no value depends on.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lines, found = _cells(path, worksheet)
    # Whatever its parsers raise means the same, and their messages can quote cells.
    except (LookupError, ValueError, TypeError, SyntaxError, *_DAMAGE):
        raise ValueError(f"{alias}: expected a workbook (.xlsx), found a damaged one") from None
    if found < worksheet:
        raise ValueError(f"{alias}: expected a worksheet {worksheet}, found {found}")
    return lines


def _cells(path: Path, worksheet: int) -> tuple[list[tuple[int, tuple[Any, ...]]], int]:
    """Return the lines of a worksheet, none where there is no such one, and how many there are."""
    from openpyxl import load_workbook

    with closing(load_workbook(path, read_only=True, data_only=True)) as book:
        sheets = book.worksheets
        if worksheet > len(sheets):
            return [], len(sheets)
        # Some programs write a size into the file that is not that of the sheet.
        sheets[worksheet - 1].reset_dimensions()
        return list(enumerate(sheets[worksheet - 1].iter_rows(values_only=True), 1)), len(sheets)


def _require_bounded(path: Path, alias: str) -> None:
    """Refuse what unpacks to more than any table: sizes are checked before anything is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise ValueError(f"{alias}: expected a workbook (.xlsx), found another file") from None
    if size > _MOST_BYTES:
        expected = f"expected a workbook of at most {_MOST_BYTES >> 20} MB unpacked"
        raise ValueError(f"{alias}: {expected}, found {size >> 20} MB")
