"""comparison.csv: how two index tests differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.evaluation.files.tables import limits
from ctbone.evaluation.measures.comparison import Comparison, TargetComparison

_Row = dict[str, object]


def write_comparison(path: Path, comparison: Comparison, *, confidence: float) -> Path:
    """Write how two index tests differ, a row a target and quantity."""
    columns = (
        "target", "quantity", "n", "first", "second", "difference", "difference_lower",
        "difference_upper", "first_only", "second_only", "p_exact", "p_mid", "p_delong",
        "confidence", "note",
    )  # fmt: skip
    rows = (
        {"target": target.value, "confidence": confidence, **row}
        for target, told in comparison.targets.items()
        for row in _compared(told, comparison.patients)
    )
    return write_rows(path, columns, rows)


def _compared(told: TargetComparison, patients: int) -> Iterator[_Row]:
    note = " ".join(told.notes)
    for name, found in (("sensitivity", told.sensitivity), ("specificity", told.specificity)):
        if found is None:
            yield {"quantity": name, "n": 0, "note": note}
            continue
        yield {
            "quantity": name,
            "n": found.n,
            "first": found.first,
            "second": found.second,
            "first_only": found.first_only,
            "second_only": found.second_only,
            "p_exact": found.p_exact,
            "p_mid": found.p_mid,
            **limits("difference", found.difference),
        }
    if told.auc is None:
        yield {"quantity": "auc", "n": patients, "note": note}
        return
    yield {
        "quantity": "auc",
        "n": patients,
        "first": told.auc.first.estimate,
        "second": told.auc.second.estimate,
        "p_delong": told.auc.p_value,
        "note": note if told.auc.p_value is None else "",
        **limits("difference", told.auc.difference),
    }
