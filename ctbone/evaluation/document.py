"""confusion_matrices.csv, confusion_matrix_3x3.csv, accuracy.csv and evaluation.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ctbone.delimited import write_rows
from ctbone.evaluation.assessment import Assessment, TargetAccuracy, nonevaluable
from ctbone.evaluation.linking import Linkage
from ctbone.evaluation.tabulation import CATEGORIES
from ctbone.records import Interval

#: The figures of a table, in the order of accuracy.csv.
QUANTITIES = (
    "sensitivity", "specificity", "ppv", "npv", "accuracy", "lr_positive", "lr_negative", "dor",
    "auc",
)  # fmt: skip

_ACCURACY_COLUMNS = (
    "group", "target", "quantity", "estimate", "lower", "upper", "confidence", "n", "note",
)  # fmt: skip


def write_matrices(path: Path, assessments: Sequence[Assessment]) -> Path:
    """Write the 3x3 counts: reference in rows, index test in columns."""
    columns = ("group", "reference", *(c.value for c in CATEGORIES), "nonevaluable")
    return write_rows(path, columns, (row for a in assessments for row in _matrix_rows(a)))


def write_accuracy(path: Path, assessments: Sequence[Assessment], *, confidence: float) -> Path:
    """Write a row a group, target and quantity; what cannot be had is empty, with a note."""
    rows = (row | {"confidence": confidence} for a in assessments for row in _accuracy_rows(a))
    return write_rows(path, _ACCURACY_COLUMNS, rows)


def write_evaluation(
    path: Path,
    assessments: Sequence[Assessment],
    *,
    linkage: Linkage,
    warnings: Sequence[str],
    confidence: float,
) -> Path:
    """Write evaluation.json."""
    document = {
        "unit": "patient",
        "confidence": confidence,
        "rule": "one study a patient: nearest to the reference date, then the earliest, then the "
        "first by study UID",
        "accounting": {
            "patients": len(linkage.cases),
            "studies_without_result": linkage.without_result,
            "results_without_reference": linkage.without_reference,
            "patients_without_category": linkage.without_category,
            "further_studies_set_aside": linkage.further_studies,
        },
        "warnings": list(warnings),
        "groups": {assessment.name: to_document(assessment) for assessment in assessments},
    }
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return path


def to_document(assessment: Assessment) -> dict[str, Any]:
    """Turn an assessment into what JSON holds; what could not be had is null."""
    return {
        "patients": len(assessment.cases),
        "nonevaluable": nonevaluable(assessment),
        "matrix": {
            "order": [category.value for category in CATEGORIES],
            "counts": [list(row) for row in assessment.matrix.counts],
            "nonevaluable": list(assessment.matrix.nonevaluable),
        },
        "targets": {t.value: _target(found) for t, found in assessment.targets.items()},
        "weighted_kappa": asdict(assessment.kappa) if assessment.kappa else None,
        "density": asdict(assessment.density) if assessment.density else None,
    }


def quantity(found: TargetAccuracy, name: str) -> Interval | None:
    """Return one of ``QUANTITIES``."""
    value: Interval | None = found.auc if name == "auc" else getattr(found.accuracy, name)
    return value


def _target(found: TargetAccuracy) -> dict[str, Any]:
    t = found.table
    figures = {name: quantity(found, name) for name in QUANTITIES}
    return {
        "tp": t.true_positives,
        "fp": t.false_positives,
        "fn": t.false_negatives,
        "tn": t.true_negatives,
        **{name: asdict(value) if value else None for name, value in figures.items()},
        "score": found.score,
        "notes": [*found.accuracy.notes, *([found.auc_note] if found.auc_note else [])],
    }


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
        for name in QUANTITIES:
            value = quantity(found, name)
            yield {
                "group": assessment.name,
                "target": target.value,
                "quantity": name,
                "n": found.table.diseased + found.table.healthy,
                "note": _note(found, name),
                **(asdict(value) if value else {}),
            }


def _note(found: TargetAccuracy, name: str) -> str:
    if name == "auc":
        return found.auc_note
    return "" if quantity(found, name) else " ".join(found.accuracy.notes)
