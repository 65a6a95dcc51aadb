"""Tables of a run as pandas frames, and frames as the tables that a command reads.

A frame is written as the file that it stands for, so that one strict reader judges both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
import pandas as pd

from ctbone.api.given import plain
from ctbone.delimited import DELIMITERS, write_rows

#: Characters of a header that a message shows.
_SHOWN = 40

_TRUTHS = ("indeterminate", "contrast", "evaluable")

_COUNTS = ("tp", "fp", "fn", "tn", "n", "n_nonevaluable", "k", "tables", "patients", "df")

_NUMBERS = (
    "bmd_mg_cm3", "bmd_lower_mg_cm3", "bmd_upper_mg_cm3", "sd_mg_cm3", "t_score", "t_score_lower",
    "t_score_upper", "t_score_sd", "qct_t_score", "qct_z_score", "p_normal", "p_osteopenia",
    "p_osteoporosis", "seconds", "kvp", "slice_thickness_mm", "trabecular_hu",
    "trabecular_median_hu", "trabecular_sd_hu", "trabecular_p10_hu", "trabecular_p90_hu",
    "trabecular_volume_mm3", "body_volume_mm3", "centroid_x_mm", "centroid_y_mm", "centroid_z_mm",
    "height_anterior_mm", "height_middle_mm", "height_posterior_mm", "confidence", "estimate",
    "lower", "upper", "sensitivity", "sensitivity_lower", "sensitivity_upper", "p_sensitivity",
    "specificity", "specificity_lower", "specificity_upper", "p_specificity", "chi2", "p", "i2",
)  # fmt: skip

#: Kinds of columns, whatever they hold. All others are text: a UID or a group can look like a
#: number, and a covariate of one's own like a truth.
_KINDS = MappingProxyType(
    dict.fromkeys(_TRUTHS, "boolean")
    | dict.fromkeys(_COUNTS, "Int64")
    | dict.fromkeys(_NUMBERS, "float64")
)


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table that a command wrote; an empty cell is a missing value.

    Raises:
        ValueError: If another program has saved it in a form of its own.
    """
    try:
        header = _header(path)
        kinds: dict[str, str | type] = {name: _KINDS.get(name, str) for name in header}
        return pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=[""])
    except ValueError as fault:
        expected = "expected the table as ctbone writes it, comma separated and in UTF-8"
        raise ValueError(f"{path.name}: {expected}, found {fault}") from fault


def _header(path: Path) -> pd.Index[str]:
    header = pd.read_csv(path, nrows=0).columns
    if len(header) == 1 and any(other in header[0] for other in DELIMITERS):
        raise ValueError(f"one column, {header[0][:_SHOWN]!r}")
    return header


def to_frame(rows: list[dict[str, object]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a frame that holds what ``read_frame`` would read back."""
    with TemporaryDirectory() as folder:
        return read_frame(write_rows(Path(folder) / "table", columns, rows))


@contextmanager
def as_file(frame: pd.DataFrame, name: str) -> Iterator[Path]:
    """Give a frame as a file that a command reads, for as long as the block runs.

    Args:
        frame: The table; its index counts as columns where it is named, and no column is.
        name: What messages call the table.

    Raises:
        ValueError: If a column stands twice.
    """
    table = _with_index(frame)
    columns = [str(column) for column in table.columns]
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise ValueError(f"{name}: expected each column once, found {twice} more than once")
    rows = table.set_axis(columns, axis="columns").to_dict("records")
    with TemporaryDirectory() as folder:
        cells = ({str(name): _cell(value) for name, value in row.items()} for row in rows)
        yield write_rows(Path(folder) / name, columns, cells)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    own = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=own) if own else frame


def _cell(value: object) -> object:
    """Return a value as the reader of a table takes it."""
    if isinstance(value, tuple | list | np.ndarray):
        return tuple(plain(value))
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    # Counts become fractions where a cell of their column is missing.
    return int(value) if isinstance(value, float) and value.is_integer() else value
