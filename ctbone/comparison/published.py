"""What is known of published systems, to lay what was found here beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ctbone.comparison.accuracy_tables import spoken
from ctbone.comparison.plan import HU_LINE, HU_RULE
from ctbone.delimited import read_rows
from ctbone.pages import NOT_GIVEN, Cell, Row, Table


class Pooled(NamedTuple):
    """Pooled sensitivity and specificity."""

    sensitivity: float
    specificity: float


#: Pooled estimates of the review of 24 systems (JMIR 2025, e77155), by target.
REVIEW: Mapping[str, Pooled] = {
    "osteoporosis": Pooled(0.88, 0.94),
    "osteopenia": Pooled(0.81, 0.92),
    "normal": Pooled(0.95, 0.93),
}

_LINES = (HU_LINE, HU_RULE)

_COLUMNS = ("Target", "Systems", "Patients", "Sensitivity", "Specificity")

_NOTE = (
    "The review pools published systems, each on patients of its own (JMIR 2025, e77155); what is "
    "pooled here are the systems of this page, the lines apart, on the same patients. Limits at "
    "95 %; the review's are not repeated here."
)


def beside_the_review(out: Path, accuracy: Sequence[Mapping[str, Any]]) -> Table:
    """Return the pooled estimates of the review, of the arms, and what each reached by itself.

    Args:
        out: Folder of the comparison, with its pooling.
        accuracy: Rows of the arms.
    """
    rows: list[Row] = []
    split = _hardest(accuracy)
    for target, found in REVIEW.items():
        rows.append((target, "published, pooled by the review", "their own", *map(_share, found)))
        if pooled := _pooled(out / "pooling" / "summary.csv", target):
            rows.append((target, "all systems here, pooled", "all tests", *pooled))
        rows += [
            _own(row, split)
            for row in sorted(accuracy, key=lambda row: str(row["arm"]) in _LINES)
            if row.get("target") == target and row["split"] == split
        ]
    return Table(title="Beside the review", columns=_COLUMNS, rows=tuple(rows), note=_NOTE)


def _hardest(accuracy: Sequence[Mapping[str, Any]]) -> str:
    """Return the test that is furthest from the training patients."""
    found = {str(row["split"]) for row in accuracy if "target" in row}
    order = ("external_test", "temporal_test", "internal_test")
    return next((split for split in order if split in found), "")


def _own(row: Mapping[str, Any], split: str) -> Row:
    patients = f"{spoken(split)}, {row['reference']}"
    cells = (_interval(row, name) for name in Pooled._fields)
    return (str(row["target"]), str(row["arm"]), patients, *cells)


def _interval(row: Mapping[str, Any], name: str) -> Cell:
    if row.get(name) is None:
        return NOT_GIVEN
    return _limited(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def _limited(value: float, lower: float, upper: float) -> Cell:
    return Cell(f"{value:.2f} ({lower:.2f} to {upper:.2f})", value)


def _share(value: float) -> Cell:
    return Cell(f"{value:.2f}", value)


def _pooled(summary: Path, target: str) -> tuple[Cell, ...]:
    """Return pooled sensitivity and specificity of a target; none where they are not pooled."""
    if not summary.is_file():
        return ()
    found = {
        row["quantity"]: _limited(*(float(row[name]) for name in ("estimate", "lower", "upper")))
        for _, row in read_rows(summary)
        if row["target"] == target and row["quantity"] in Pooled._fields and row["estimate"]
    }
    return tuple(found.get(name, NOT_GIVEN) for name in Pooled._fields) if found else ()
