"""Tables as delimited text: one way to write them and one strict way to read them.

Written files are UTF-8 without a byte-order mark, comma separated, one header line, LF. A missing
value is an empty cell. Read files may carry a byte-order mark, blank lines and another delimiter;
whatever else departs from a table is a ``ValueError`` of one sentence that names the line.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

#: Delimiters that spreadsheets write, in the order in which they are tried.
DELIMITERS = (",", ";", "\t")

#: A number with a decimal point, and one with a decimal comma; after a comma three digits could be
#: thousands.
_POINT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,([0-9]{1,2}|[0-9]{4,})")

#: Between the members of a cell that holds several.
MEMBERS = ";"


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """Write rows by column name; ``None`` becomes an empty cell.

    The file appears whole or not at all: it is written beside its place and then moved there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
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


def read_rows(path: Path, *, required: Sequence[str] = ()) -> list[tuple[int, dict[str, str]]]:
    """Read every row with the number of the line it ends on.

    Column names are stripped and lower-cased, cells are stripped, blank lines are passed over. The
    delimiter is the first of ``DELIMITERS`` under which the header holds every required column.

    Raises:
        ValueError: If the file is no such table; the message names the file and the line.
    """
    text = _decode(path)
    header, *body = _lines(text, _delimiter(text, required, path.name), path.name)
    columns = _columns(header[1], required, path.name)
    for line, cells in body:
        if len(cells) != len(columns):
            found = f"{len(cells)} cells for {len(columns)} columns"
            if len(cells) > len(columns):
                found += "; a cell that holds the delimiter, such as a decimal comma, wants quotes"
            raise ValueError(f"{path.name}, line {line}: expected a cell a column, found {found}")
    return [(line, dict(zip(columns, cells, strict=True))) for line, cells in body]


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


def _decode(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at position {error.start}"
        raise ValueError(f"{path.name}: expected text in UTF-8, found {found}") from error
    if not text.strip(' \t\r\n,;"'):
        raise ValueError(f"{path.name}: expected a table with a header line, found an empty file")
    return text


def _delimiter(text: str, required: Sequence[str], name: str) -> str:
    headers = {d: _lines(text, d, name)[0][1] for d in DELIMITERS}
    for delimiter, cells in headers.items():
        if set(required) <= {cell.lower() for cell in cells}:
            return delimiter
    # No reading fits; the one with most columns makes the most useful message.
    return max(headers, key=lambda delimiter: len(headers[delimiter]))


def _columns(cells: Sequence[str], required: Sequence[str], name: str) -> list[str]:
    columns = [cell.lower() for cell in cells]
    if missing := [column for column in required if column not in columns]:
        raise ValueError(f"{name}: expected the columns {missing}, found {columns[:30]}")
    if twice := sorted({name for name in columns if name and columns.count(name) > 1}):
        raise ValueError(f"{name}: expected each column once, found {twice} more than once")
    return columns


def _lines(text: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise ValueError(f"{name}, line {reader.line_num}: no delimited text ({error})") from error
    return [(number, cells) for number, cells in lines if any(cells)]
