"""What two runs of one export left, but for the times."""

from __future__ import annotations

import csv
from pathlib import Path

#: Columns of tables that hold a time.
_TIMES = frozenset({"seconds"})


def differences(one: Path, other: Path) -> list[str]:
    """Return the files that differ, by name; empty where two folders of results are the same."""
    names = {
        str(path.relative_to(folder))
        for folder in (one, other)
        for pattern in ("*.csv", "pictures/*.png")
        for path in folder.glob(pattern)
    }
    return sorted(name for name in names if _content(one / name) != _content(other / name))


def _content(path: Path) -> object:
    if not path.is_file():
        return None
    if path.suffix != ".csv":
        return path.read_bytes()
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        timeless = [{k: v for k, v in row.items() if k not in _TIMES} for row in rows]
        return rows.fieldnames, timeless
