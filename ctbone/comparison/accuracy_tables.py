"""The tables of accuracy on the page of a comparison, and how its cells are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ctbone.pages import NOT_GIVEN, Cell, Row, Table

_ROW = Mapping[str, Any]

_CATEGORIES = (
    "Arm", "Reference", "Target", "Patients", "Without result", "Sensitivity", "Specificity",
    "AUC",
)  # fmt: skip

_DENSITIES = (
    "Arm", "Patients", "Unit", "Mean absolute error", "Bias", "Limits of agreement",
    "Within the 90 % interval",
)  # fmt: skip


def accuracy_tables(accuracy: Sequence[_ROW]) -> Iterator[Table]:
    """Yield the tables of each split: categories, and what was measured."""
    rows = [row for row in accuracy if "target" in row]
    for split in dict.fromkeys(row["split"] for row in rows):
        mine = [row for row in rows if row["split"] == split]
        title, told = f"{spoken(split)}: categories", tuple(map(_categories, mine))
        yield Table(title=title, columns=_CATEGORIES, rows=told)
        by_arm = {(row["arm"], row["reference"]): row for row in mine if "mae" in row}
        if measured := tuple(map(_measured, by_arm.values())):
            title = f"{spoken(split)}: densities and T-scores"
            yield Table(title=title, columns=_DENSITIES, rows=measured)


def _categories(row: _ROW) -> Row:
    return (
        str(row["arm"]),
        str(row["reference"]),
        spoken(row["target"]),
        *(Cell(str(row[name]), row[name]) for name in ("n", "nonevaluable")),
        *(_estimate(row, name) for name in ("sensitivity", "specificity", "auc")),
    )


def _measured(row: _ROW) -> Row:
    agreed = f"{row['lower_limit']:.2f} to {row['upper_limit']:.2f}"
    return (
        str(row["arm"]),
        Cell(str(row["n_measured"]), row["n_measured"]),
        str(row["unit"]),
        _estimate(row, "mae"),
        _estimate(row, "bias"),
        Cell(agreed, row["upper_limit"] - row["lower_limit"]),
        _estimate(row, "interval_coverage"),
    )


def _estimate(row: _ROW, name: str) -> Cell:
    if row.get(name) is None:
        return NOT_GIVEN
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    return Cell(f"{row[name]:.2f} ({lower:.2f} to {upper:.2f})", row[name])


def number_cell(value: float | None, form: str) -> Cell:
    """Return a number as it is shown, or that it is not given."""
    return NOT_GIVEN if value is None else Cell(form.format(value), float(value))


def spoken(name: str) -> str:
    """Return a name as people write it."""
    return name.replace("_", " ")
