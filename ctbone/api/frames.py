"""Tables of a run as pandas frames, and frames as the tables that a command reads.

A frame is written as the file that it stands for, so that one strict reader judges both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from ctbone.delimited import write_rows

#: Columns that hold text, whatever it looks like: a UID can look like a number.
_TEXT = (
    "study_uid", "series_uid", "patient_id", "status", "reason", "detail", "levels", "category",
    "flags", "model", "quantity", "manufacturer", "kernel", "study_month", "scanner", "level",
    "runner_up", "stage", "group", "target", "note", "unit", "method", "study", "cohort",
    "validation", "backbone", "dimensionality", "plane", "input", "window", "reference_standard",
    "reference", "covariate",
)  # fmt: skip

_TRUTHS = ("indeterminate", "contrast", "evaluable")

#: Columns that hold numbers, in files of which every cell of theirs may be empty.
_NUMBERS = ("estimate", "lower", "upper", "kvp")


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table that a command wrote; an empty cell is a missing value."""
    kinds: dict[str, str | type] = dict.fromkeys(_TEXT, str)
    kinds |= dict.fromkeys(_TRUTHS, "boolean") | dict.fromkeys(_NUMBERS, "float64")
    header = pd.read_csv(path, nrows=0).columns
    own = {name: kinds[name] for name in header if name in kinds}
    return pd.read_csv(path, dtype=own, keep_default_na=False, na_values=[""])


def to_frame(rows: list[dict[str, object]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a frame that holds what ``read_frame`` would read back."""
    with TemporaryDirectory() as folder:
        return read_frame(write_rows(Path(folder) / "table", columns, rows))


@contextmanager
def as_file(frame: pd.DataFrame, name: str) -> Iterator[Path]:
    """Give a frame as a file that a command reads, for as long as the block runs.

    Args:
        frame: The table; its index counts as columns where it is named.
        name: What messages call the table.
    """
    table = frame.reset_index() if any(n is not None for n in frame.index.names) else frame
    columns = [str(column) for column in table.columns]
    rows = table.set_axis(columns, axis="columns").to_dict("records")
    with TemporaryDirectory() as folder:
        cells = ({str(name): _cell(value) for name, value in row.items()} for row in rows)
        yield write_rows(Path(folder) / name, columns, cells)


def _cell(value: object) -> object:
    """Return a value as the reader of a table takes it."""
    if isinstance(value, tuple | list):
        return tuple(value)
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    # Counts become fractions where a cell of their column is missing.
    return int(value) if isinstance(value, float) and value.is_integer() else value
