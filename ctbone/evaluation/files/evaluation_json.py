"""evaluation.json: what was found as numbers, texts, lists and objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ctbone.evaluation.assessment import Assessment, TargetAccuracy, nonevaluable
from ctbone.evaluation.linking import Linkage
from ctbone.evaluation.measures.comparison import Comparison
from ctbone.evaluation.measures.cutoffs import CutoffSweep
from ctbone.evaluation.measures.indeterminate import IndeterminateTables
from ctbone.evaluation.measures.intention import IntentionToDiagnose
from ctbone.evaluation.measures.precision import NOT_REPEATED
from ctbone.evaluation.measures.reference_change import ReferenceChange
from ctbone.evaluation.measures.thresholds import ThresholdReport
from ctbone.evaluation.quantities import QUANTITIES, quantity
from ctbone.evaluation.scales import CATEGORIES
from ctbone.interchange.tables import count_cells


def write_evaluation(
    path: Path,
    assessments: Sequence[Assessment],
    *,
    linkage: Linkage,
    confidence: float,
    further: Mapping[str, Any] | None = None,
) -> Path:
    """Write evaluation.json; ``further`` holds what stands before the groups."""
    document = {
        "unit": "patient",
        "confidence": confidence,
        "rule": "one study a patient, of those with a reference category: nearest to the "
        "reference date, then the earliest, then the first by study UID",
        "accounting": {
            "patients": len(linkage.cases),
            "studies_without_result": linkage.without_result,
            "patients_without_result": linkage.patients_without_result,
            "results_without_reference": linkage.without_reference,
            "patients_without_category": linkage.without_category,
            "further_studies_set_aside": linkage.further_studies,
        },
        **(further or {}),
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
            "index_order": [category.value for category in assessment.matrix.classes],
            "counts": [list(row) for row in assessment.matrix.counts],
            "nonevaluable": list(assessment.matrix.nonevaluable),
        },
        "targets": {t.value: _target(found) for t, found in assessment.targets.items()},
        "weighted_kappa": _plain(assessment.kappa),
        "agreement": _plain(assessment.agreement),
        "brier": _plain(assessment.brier),
        "density": _plain(assessment.density),
        "t_score": _plain(assessment.t_score),
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
        "validation": {**count_cells(chosen.table), "accuracy": asdict(chosen.accuracy)},
        "test": {**count_cells(report.table), "accuracy": asdict(report.accuracy)},
        "test_without_value": report.without_value,
    }


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Turn a comparison of two index tests into what JSON holds."""
    document = asdict(found)
    return document | {"targets": {t.value: asdict(told) for t, told in found.targets.items()}}


def _target(found: TargetAccuracy) -> dict[str, Any]:
    return {
        **count_cells(found.table),
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
        **count_cells(found.table),
        "nonevaluable_diseased": found.nonevaluable_diseased,
        "nonevaluable_healthy": found.nonevaluable_healthy,
        "accuracy": asdict(found.accuracy),
    }


def _indeterminate(found: IndeterminateTables | None) -> dict[str, Any] | None:
    if found is None:
        return None
    sides = zip(found.tables.items(), found.accuracy, strict=True)
    tables = {name: {**count_cells(t), "accuracy": asdict(told)} for (name, t), told in sides}
    return {"diseased": found.diseased, "healthy": found.healthy, **tables}


def _cutoffs(found: CutoffSweep | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows = [
        {
            "cut_off": row.cut_off,
            **count_cells(row.table),
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
            target.value: {
                **count_cells(table),
                "sensitivity": _plain(found.accuracy[target].sensitivity),
                "specificity": _plain(found.accuracy[target].specificity),
            }
            for target, table in found.tables.items()
        },
    }
