"""Every file of an evaluation but its figures and its page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ctbone.evaluation.assessment import Assessment, nonevaluable
from ctbone.evaluation.description import describe_cohort
from ctbone.evaluation.files.accuracy_tables import write_accuracy, write_matrices
from ctbone.evaluation.files.comparison_table import write_comparison
from ctbone.evaluation.files.evaluation_json import write_evaluation
from ctbone.evaluation.files.findings_files import FILES, findings_document, write_findings
from ctbone.evaluation.files.tables import (
    write_agreement,
    write_calibration,
    write_cutoffs,
    write_decision_curve,
    write_reference_change,
    write_thresholds,
)
from ctbone.evaluation.findings import Findings
from ctbone.interchange import AccuracyTable, write_tables

#: The tables that are a row a group of patients, and what writes them.
_BY_GROUP = {
    "agreement.csv": write_agreement,
    "calibration.csv": write_calibration,
    "decision_curve.csv": write_decision_curve,
    "cutoffs.csv": write_cutoffs,
    "reference_cutoffs.csv": write_reference_change,
}

#: What is written, below the folder of the run.
WRITTEN = (
    "confusion_matrices.csv", "confusion_matrix_3x3.csv", "accuracy.csv", "evaluation.json",
    "thresholds.csv", "comparison.csv", *_BY_GROUP, *FILES,
)  # fmt: skip


def write_all(findings: Findings, out: Path, described: Mapping[str, str]) -> None:
    """Write evaluation.json and every table.

    Args:
        findings: What was found.
        out: Folder of the run.
        described: The covariates of the review that describe the index test.
    """
    groups, confidence = findings.groups, findings.confidence
    rows = [table for group in groups for table in _tables(group, findings, described)]
    write_tables(out / "confusion_matrices.csv", rows)
    assessments = (*findings.whole, *groups)
    if findings.linkage.scale.is_three_way:
        write_matrices(out / "confusion_matrix_3x3.csv", assessments)
    write_accuracy(out / "accuracy.csv", assessments, confidence=confidence)
    for name, write in _BY_GROUP.items():
        write(out / name, assessments, confidence=confidence)
    if findings.thresholds:
        write_thresholds(out / "thresholds.csv", findings.thresholds, confidence=confidence)
    if findings.comparison:
        write_comparison(out / "comparison.csv", findings.comparison, confidence=confidence)
    write_findings(findings, out)
    write_evaluation(
        out / "evaluation.json",
        assessments,
        linkage=findings.linkage,
        confidence=confidence,
        further=findings_document(findings),
    )


def _tables(
    group: Assessment, findings: Findings, described: Mapping[str, str]
) -> tuple[AccuracyTable, ...]:
    shared = f"{findings.study_id}, {group.name}" if findings.study_id else ""
    models = sorted({case.result.model for case in group.cases if case.result.model})
    base = partial(
        AccuracyTable,
        study=f"{findings.study}, {group.name}",
        cohort=group.name,
        model="+".join(models),
        n_nonevaluable=nonevaluable(group),
        covariates={
            **described,
            **describe_cohort(group.cases),
            **({"study_id": shared} if shared else {}),
        },
    )
    return tuple(
        base(target=target.value, table=found.table) for target, found in group.targets.items()
    )
