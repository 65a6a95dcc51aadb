"""Tables as delimited text: one way to write them and one strict way to read them.

Written files are UTF-8 without a byte-order mark, comma separated, one header line, LF. A missing
value is an empty cell. Read files are UTF-8, or UTF-16 where a byte-order mark says so; they may
have blank lines, another delimiter and any ends of lines. Whatever else departs from a table is a
``ValueError`` of one sentence that names the file and, where it is known, the line and the column.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

#: Delimiters that spreadsheets write, in the order in which they are tried.
DELIMITERS = (",", ";", "\t")

#: A number with a decimal point, and one with a decimal comma; after a comma three digits could be
#: thousands, but for a nought before it.
_POINT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?(0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))")

#: What a table holds beside white space, delimiters and quotes.
_CONTENT = re.compile(r'[^\s,;"]')

#: How files of other programs begin that are taken for tables.
_FOREIGN = MappingProxyType(
    {
        b"PK\x03\x04": "a workbook or another archive; save the sheet as CSV",
        b"\xd0\xcf\x11\xe0": "a workbook of an older program; save the sheet as CSV",
        b"\x89PNG": "a picture",
        b"\xff\xd8\xff": "a picture",
        b"GIF8": "a picture",
        b"%PDF": "a PDF document",
    }
)

#: Columns of a header that a message names, and characters of a name that it gives.
_NAMED, _SHOWN = 30, 40

#: Between the members of a cell that holds several.
MEMBERS = ";"

#: What a cell that is true or false holds, in any letter case: spreadsheets write capitals, pandas
#: one capital letter.
_TRUTHS: Mapping[str, bool | None] = MappingProxyType({"true": True, "false": False, "": None})


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """Write rows by column name; ``None`` becomes an empty cell.

    The file appears whole or not at all: it is written beside its place and then moved there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        # The writer quotes what ends its lines: with both characters, a lone CR is quoted as well.
        writer = csv.DictWriter(_Lines(file), columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: to_cell(row.get(name)) for name in columns} for row in rows)
    part.replace(path)
    return path


def to_cell(value: object) -> str:
    """Turn a value into the text of its cell; several members are joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return MEMBERS.join(to_cell(member) for member in value)
    return repr(value) if isinstance(value, float) else str(value)


def read_rows(
    path: Path,
    *,
    required: Sequence[str] = (),
    instead: Sequence[str] = (),
    encoding: str = "",
    alias: str = "",
) -> list[tuple[int, dict[str, str]]]:
    """Read every row with the number of the line it ends on.

    Column names are stripped and lower-cased, cells are stripped, blank lines are passed over. The
    delimiter is the first of ``DELIMITERS`` under which the header holds every required column.

    Args:
        path: The file.
        required: Columns that the header must hold.
        instead: Columns that may stand in place of the required ones, all of them.
        encoding: What the text is in, where it is in neither UTF-8 nor UTF-16.
        alias: What messages call a file whose name, or whose cells, can identify a person: they
            then quote neither.

    Raises:
        ValueError: If the file is no such table; the message names the file and the line.
    """
    name = alias or path.name
    text = _decode(path, name, encoding)
    delimiter = _delimiter(text, (required, instead or required), name)
    header, *body = _lines(text, delimiter, name)
    columns = to_columns(header[1], name, required=required, instead=instead, is_quoted=not alias)
    for line, cells in body:
        if len(cells) != len(columns):
            found = f"{len(cells)} cells for {len(columns)} columns"
            if len(cells) > len(columns):
                found += "; a cell that holds the delimiter, such as a decimal comma, wants quotes"
            raise ValueError(f"{name}, line {line}: expected a cell a column, found {found}")
    return [(line, dict(zip(columns, cells, strict=True))) for line, cells in body]


def to_columns(
    cells: Sequence[str],
    name: str,
    *,
    required: Sequence[str] = (),
    instead: Sequence[str] = (),
    is_quoted: bool = True,
) -> list[str]:
    """Turn the cells of a header into names of columns, in lower case.

    Args:
        cells: The header.
        name: Of the file, for messages.
        required: Columns that the header must hold.
        instead: Columns that may stand in place of the required ones, all of them.
        is_quoted: Whether messages quote what the header holds instead: without one, the first
            line is a person.

    Raises:
        ValueError: If a required column is missing, or any stands twice.
    """
    columns = [cell.lower() for cell in cells]
    missing = [column for column in required if column not in columns]
    if missing and not (instead and set(instead) <= set(columns)):
        named = [column[:_SHOWN] for column in columns[:_NAMED]]
        found = str(named) if is_quoted else f"{len(columns)} others"
        other = f" (or {list(instead)})" if instead else ""
        raise ValueError(f"{name}: expected the columns {missing}{other}, found {found}")
    if twice := sorted({name for name in columns if name and columns.count(name) > 1}):
        named = [column[:_SHOWN] for column in twice[:_NAMED]]
        shown = str(named) if is_quoted else str(len(twice))
        raise ValueError(f"{name}: expected each column once, found {shown} more than once")
    return columns


def to_number(text: str, *, name: str) -> float:
    """Read the number of a cell; a decimal comma is read where it cannot part thousands.

    Args:
        text: The cell.
        name: What messages call it: its column.

    Raises:
        ValueError: If it is no finite number.

    Example:
        >>> to_number("79.5", name="bmd_mg_cm3"), to_number("79,5", name="bmd_mg_cm3")
        (79.5, 79.5)
    """
    pointed = text.replace(",", ".") if _COMMA.fullmatch(text) else text
    value = float(pointed) if _POINT.fullmatch(pointed) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a number with a decimal point, got {text[:40]!r}")
    return value


def to_truth(text: str, *, name: str) -> bool | None:
    """Read a cell that is true, false or empty, in any letter case.

    Args:
        text: The cell.
        name: What messages call it: its column.

    Returns:
        ``None`` of an empty cell.

    Raises:
        ValueError: If it is something else.

    Example:
        >>> to_truth("TRUE", name="contrast"), to_truth("", name="contrast")
        (True, None)
    """
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError(f"{name} must be true, false or empty, got {text[:_SHOWN]!r}") from None


@dataclass(frozen=True, slots=True)
class _Lines:
    """A file whose lines end in LF, whatever the writer of rows ends them with."""

    file: TextIO

    def write(self, line: str) -> None:
        self.file.write(line.removesuffix("\r\n") + "\n")


def _decode(path: Path, name: str, other: str = "") -> str:
    raw = path.read_bytes()
    if foreign := next((what for mark, what in _FOREIGN.items() if raw.startswith(mark)), None):
        raise ValueError(f"{name}: expected a table as text, found {foreign}")
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_wide else other or "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at position {error.start}"
        wanted = f"expected text in {encoding.removesuffix('-sig').upper()}"
        raise ValueError(f"{name}: {wanted}, found {found}") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{name}, line {line}: expected text, found a NUL character")
    if not _CONTENT.search(text):
        raise ValueError(f"{name}: expected a table with a header line, found an empty file")
    return text


def _delimiter(text: str, forms: Sequence[Sequence[str]], name: str) -> str:
    headers = {d: _lines(text, d, name)[0][1] for d in DELIMITERS}
    for delimiter, cells in headers.items():
        found = {cell.lower() for cell in cells}
        if any(set(required) <= found for required in forms):
            return delimiter
    # No reading fits; the one with most columns makes the most useful message.
    return max(headers, key=lambda delimiter: len(headers[delimiter]))


def _lines(text: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    # The one thing that a reader which is not strict objects to.
    except csv.Error as error:
        wanted = f"expected cells of at most {csv.field_size_limit()} characters"
        found = "found a longer one, perhaps for want of a closing quote"
        raise ValueError(f"{name}, line {reader.line_num}: {wanted}, {found}") from error
    return [(number, cells) for number, cells in lines if any(cells)]
