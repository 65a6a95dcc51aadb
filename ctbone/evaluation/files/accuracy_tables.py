"""confusion_matrix_3x3.csv and accuracy.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.evaluation.assessment import Assessment, TargetAccuracy
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy
from ctbone.evaluation.quantities import ELSEWHERE, QUANTITIES, RESAMPLED, quantity
from ctbone.evaluation.scales import CATEGORIES
from ctbone.records import ContingencyTable, Interval

ACCURACY_COLUMNS = (
    "group", "target", "quantity", "estimate", "lower", "upper", "confidence", "n", "note",
)  # fmt: skip


def write_matrices(path: Path, assessments: Sequence[Assessment]) -> Path:
    """Write the 3x3 counts: reference in rows, index test in columns."""
    columns = ("group", "reference", *(c.value for c in CATEGORIES), "nonevaluable")
    return write_rows(path, columns, (row for a in assessments for row in _matrix_rows(a)))


def write_accuracy(path: Path, assessments: Sequence[Assessment], *, confidence: float) -> Path:
    """Write a row a group, target and quantity; what cannot be had is empty, with a note."""
    rows = (row | {"confidence": confidence} for a in assessments for row in _accuracy_rows(a))
    return write_rows(path, ACCURACY_COLUMNS, rows)


def _matrix_rows(assessment: Assessment) -> Iterator[dict[str, object]]:
    matrix = assessment.matrix
    for category, row, missing in zip(CATEGORIES, matrix.counts, matrix.nonevaluable, strict=True):
        counts = zip((c.value for c in CATEGORIES), row, strict=True)
        yield {
            "group": assessment.name,
            "reference": category.value,
            "nonevaluable": missing,
            **dict(counts),
        }


def _accuracy_rows(assessment: Assessment) -> Iterator[dict[str, object]]:
    for target, found in assessment.targets.items():
        for name, value, n, note in _named(found):
            yield {
                "group": assessment.name,
                "target": target.value,
                "quantity": name,
                "n": n,
                "note": note,
                **(asdict(value) if value else {}),
            }


def _named(found: TargetAccuracy) -> Iterator[tuple[str, Interval | None, int, str]]:
    """Yield every figure of a target: name, value, patients or studies, note."""
    n = found.table.diseased + found.table.healthy
    for name in QUANTITIES:
        studies = found.bootstrap.studies if found.bootstrap and name in RESAMPLED else n
        yield name, quantity(found, name), studies, _note(found, name)
    for values in found.predictive:
        for name, value in (("ppv", values.ppv), ("npv", values.npv)):
            note = "" if value else values.note
            yield f"{name}_at_prevalence_{values.prevalence:g}", value, n, note
    for suffix, told, table in _other_tables(found):
        for name in ("sensitivity", "specificity"):
            value = getattr(told, name)
            note = "" if value else " ".join(told.notes)
            yield f"{name}_{suffix}", value, table.diseased + table.healthy, note


def _other_tables(
    found: TargetAccuracy,
) -> Iterator[tuple[str, DiagnosticAccuracy, ContingencyTable]]:
    yield "intention_to_diagnose", found.intention.accuracy, found.intention.table
    if found.indeterminate:
        sides = zip(found.indeterminate.tables.items(), found.indeterminate.accuracy, strict=True)
        for (name, table), told in sides:
            yield f"indeterminate_{name}", told, table


def _note(found: TargetAccuracy, name: str) -> str:
    if name == "auc":
        return found.auc_note
    if quantity(found, name):
        return ""
    if name in RESAMPLED:
        return found.auc_note or "The resamples give no such limits."
    if name in ELSEWHERE:
        told = found.calibration
        return " ".join(told.notes) if told else "The results carry no probabilities."
    return " ".join(found.accuracy.notes)
