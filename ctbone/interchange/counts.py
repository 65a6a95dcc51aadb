"""Counts of patients as the cells of a file hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: More patients than live on Earth is a slip of the keyboard.
MAX_COUNT = 10_000_000_000

# Spreadsheets and Stata write whole numbers with a fraction of zeros.
_WHOLE = re.compile(r"([0-9]+)(?:\.0*)?")


def to_count(cells: Mapping[str, str], name: str, where: str) -> int:
    """Read the count in a cell; nothing is repaired.

    Args:
        cells: A row by column.
        name: The column.
        where: File and line, for the message.

    Raises:
        ValueError: If the cell holds no whole number of patients.

    Example:
        >>> to_count({"tp": "12.0"}, "tp", "table.csv, line 2")
        12
    """
    text = cells[name]
    # The longest honest count has eleven digits; more would only strain the conversion.
    if (found := _WHOLE.fullmatch(text)) and len(found[1].lstrip("0")) <= len(str(MAX_COUNT)):
        count = int(found[1].lstrip("0") or "0")
        if count <= MAX_COUNT:
            return count
    seen = f"{text[:40]!r}" if text else "an empty cell"
    raise ValueError(f"{where}: expected a whole number of patients in {name}, found {seen}")
