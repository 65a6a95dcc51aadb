"""confusion_matrices.csv, confusion_matrix_3x3.csv, accuracy.csv and evaluation.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ctbone.delimited import write_rows
from ctbone.evaluation.accuracy import DiagnosticAccuracy
from ctbone.evaluation.assessment import Assessment, TargetAccuracy, nonevaluable
from ctbone.evaluation.comparison import Comparison
from ctbone.evaluation.cutoffs import CutoffSweep
from ctbone.evaluation.indeterminate import IndeterminateTables
from ctbone.evaluation.intention import IntentionToDiagnose
from ctbone.evaluation.linking import Linkage
from ctbone.evaluation.precision import NOT_REPEATED
from ctbone.evaluation.reference_change import ReferenceChange
from ctbone.evaluation.tabulation import CATEGORIES
from ctbone.evaluation.thresholds import ThresholdReport
from ctbone.records import ContingencyTable, Interval

#: The figures of a table, in the order of accuracy.csv.
QUANTITIES = (
    "sensitivity", "specificity", "ppv", "npv", "accuracy", "lr_positive", "lr_negative", "dor",
    "auc", "auc_bootstrap", "auc_bca", "balanced_accuracy", "f1", "youden", "prevalence", "brier",
    "calibration_intercept", "calibration_slope",
)  # fmt: skip

#: Figures that other records than the accuracy of the table hold, and where.
_ELSEWHERE = {
    "auc": ("", "auc"),
    "auc_bootstrap": ("bootstrap", "percentile"),
    "auc_bca": ("bootstrap", "bca"),
    "brier": ("calibration", "brier"),
    "calibration_intercept": ("calibration", "intercept"),
    "calibration_slope": ("calibration", "slope"),
}

_RESAMPLED = ("auc_bootstrap", "auc_bca")

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
        "weighted_kappa": _plain(assessment.kappa),
        "agreement": _plain(assessment.agreement),
        "brier": _plain(assessment.brier),
        "density": _plain(assessment.density),
        "precision": _plain(assessment.precision),
        "precision_note": "" if assessment.precision else NOT_REPEATED,
        "reference_changes": [_change(found) for found in assessment.reference_changes],
    }


def threshold_document(report: ThresholdReport) -> dict[str, Any]:
    """Turn a threshold and what it does into what JSON holds; it names no patient."""
    chosen = report.threshold
    return {
        "target": chosen.target.value,
        "quantity": chosen.quantity,
        "positive": "at or above" if chosen.sign > 0 else "at or below",
        "cut_off": chosen.cut_off,
        "wanted_sensitivity": chosen.wanted,
        "basis": chosen.basis,
        "validation": {**cells(chosen.table), "accuracy": asdict(chosen.accuracy)},
        "test": {**cells(report.table), "accuracy": asdict(report.accuracy)},
        "test_without_value": report.without_value,
    }


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Turn a comparison of two index tests into what JSON holds."""
    document = asdict(found)
    return document | {"targets": {t.value: asdict(told) for t, told in found.targets.items()}}


def quantity(found: TargetAccuracy, name: str) -> Interval | None:
    """Return one of ``QUANTITIES``."""
    if name in _ELSEWHERE:
        holder, inner = _ELSEWHERE[name]
        held = getattr(found, holder) if holder else found
        value: Interval | None = getattr(held, inner) if held else None
        return value
    of_table: Interval | None = getattr(found.accuracy, name)
    return of_table


def cells(table: ContingencyTable) -> dict[str, int]:
    """Return the counts of a table by the names of its columns."""
    return {
        "tp": table.true_positives,
        "fp": table.false_positives,
        "fn": table.false_negatives,
        "tn": table.true_negatives,
    }


def _target(found: TargetAccuracy) -> dict[str, Any]:
    return {
        **cells(found.table),
        **{name: _plain(quantity(found, name)) for name in QUANTITIES},
        "score": found.score,
        "notes": [*found.accuracy.notes, *([found.auc_note] if found.auc_note else [])],
        "predictive_values": [asdict(values) for values in found.predictive],
        "intention_to_diagnose": _intention(found.intention),
        "indeterminate": _indeterminate(found.indeterminate),
        "bootstrap": _plain(found.bootstrap),
        "calibration": _plain(found.calibration),
        "decision_curve": _plain(found.decision_curve),
        "cutoffs": _cutoffs(found.cutoffs),
    }


def _plain(record: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any record, or none
    return None if record is None else asdict(record)


def _intention(found: IntentionToDiagnose) -> dict[str, Any]:
    return {
        **cells(found.table),
        "nonevaluable_diseased": found.nonevaluable_diseased,
        "nonevaluable_healthy": found.nonevaluable_healthy,
        "accuracy": asdict(found.accuracy),
    }


def _indeterminate(found: IndeterminateTables | None) -> dict[str, Any] | None:
    if found is None:
        return None
    sides = zip(found.tables.items(), found.accuracy, strict=True)
    tables = {name: {**cells(t), "accuracy": asdict(told)} for (name, t), told in sides}
    return {"diseased": found.diseased, "healthy": found.healthy, **tables}


def _cutoffs(found: CutoffSweep | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows = [
        {
            "cut_off": row.cut_off,
            **cells(row.table),
            "sensitivity": _plain(row.sensitivity),
            "specificity": _plain(row.specificity),
        }
        for row in found.rows
    ]
    return asdict(found) | {"rows": rows}


def _change(found: ReferenceChange) -> dict[str, Any]:
    return {
        "rule": asdict(found.rule),
        "changed": found.changed,
        "left_out": found.left_out,
        "targets": {
            target.value: {**cells(table), "accuracy": asdict(found.accuracy[target])}
            for target, table in found.tables.items()
        },
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
        studies = found.bootstrap.studies if found.bootstrap and name in _RESAMPLED else n
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
    if name in _RESAMPLED:
        return found.auc_note or "The resamples give no such limits."
    if name in _ELSEWHERE:
        told = found.calibration
        return " ".join(told.notes) if told else "The results carry no probabilities."
    return " ".join(found.accuracy.notes)
