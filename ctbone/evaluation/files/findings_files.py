"""What an evaluation writes beside accuracy: subgroups, missing results, flow, checklists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ctbone.delimited import write_rows
from ctbone.evaluation.checklist import CHECKLIST_COLUMNS, checklist_rows, checklist_text
from ctbone.evaluation.files.evaluation_json import comparison_document, threshold_document
from ctbone.evaluation.files.tables import limits
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.flow import FLOW_COLUMNS, flow_rows, reasons_of
from ctbone.evaluation.scales import CATEGORIES
from ctbone.evaluation.subgroups import SubgroupAccuracy
from ctbone.interchange.tables import count_cells

#: The files, below the folder of the run.
FILES = (
    "subgroups.csv", "intention_to_diagnose.csv", "nonevaluable.csv", "flow.csv", "warnings.csv",
    "checklist.csv", "checklist.md",
)  # fmt: skip

_INTERVALS = ("sensitivity", "specificity", "auc")

SUBGROUP_COLUMNS = (
    "group", "covariate", "value", "target", "patients", "nonevaluable", "tp", "fp", "fn", "tn",
    *(f"{name}{end}" for name in _INTERVALS for end in ("", "_lower", "_upper")),
    "confidence", "caution",
)  # fmt: skip

_SHARES = ("sensitivity", "specificity", "ppv", "npv")

_INTENTION_COLUMNS = (
    "group", "target", "nonevaluable_diseased", "nonevaluable_healthy", "tp", "fp", "fn", "tn",
    *(f"{name}{end}" for name in _SHARES for end in ("", "_lower", "_upper")), "confidence",
)  # fmt: skip

_REASON_COLUMNS = ("group", "reason", *(category.value for category in CATEGORIES), "total")


def write_findings(findings: Findings, out: Path) -> None:
    """Write what was found beside accuracy as tables, and the checklists as text too."""
    write_rows(out / "subgroups.csv", SUBGROUP_COLUMNS, _subgroup_rows(findings))
    intention = _intention_rows(findings)
    write_rows(out / "intention_to_diagnose.csv", _INTENTION_COLUMNS, intention)
    write_rows(out / "nonevaluable.csv", _REASON_COLUMNS, _reason_rows(findings))
    write_rows(out / "flow.csv", FLOW_COLUMNS, flow_rows(findings.flow))
    warned = (asdict(caution) for caution in findings.cautions)
    write_rows(out / "warnings.csv", ("code", "count", "sentence"), warned)
    write_rows(out / "checklist.csv", CHECKLIST_COLUMNS, checklist_rows(findings.checklists))
    text = checklist_text(findings.checklists)
    (out / "checklist.md").write_text(text, encoding="utf-8")


def findings_document(findings: Findings) -> dict[str, Any]:
    """Return what evaluation.json holds beside the groups."""
    flow = findings.flow
    return {
        "warnings": [asdict(caution) for caution in findings.cautions],
        "flow": {
            "studies": flow.studies,
            "studies_without_result": flow.without_result,
            "patients_without_result": flow.patients_without_result,
            "further_studies_set_aside": flow.further_studies,
            "patients": flow.patients,
            "patients_without_category": flow.without_category,
            "evaluated": flow.evaluated,
            "nonevaluable": {reason: list(n) for reason, n in flow.no_result.items()},
            "results": {category.value: list(n) for category, n in flow.results.items()},
            "reference_order": [category.value for category in CATEGORIES],
            "review": None if flow.review is None else asdict(flow.review),
        },
        "subgroups": {
            group: [_subgroup_document(found) for found in rows]
            for group, rows in findings.subgroups.items()
        },
        "thresholds": [
            {"group": group} | threshold_document(report) for group, report in findings.thresholds
        ],
        "comparison": comparison_document(findings.comparison) if findings.comparison else None,
        "facts": dict(findings.facts),
        "checklists": {
            checklist.name: _states(answers) for checklist, answers in findings.checklists
        },
    }


def _states(answers: tuple[Any, ...]) -> dict[str, int]:
    states = [answer.state for answer in answers]
    return {state: states.count(state) for state in ("answered", "in part", "open")}


def _subgroup_document(found: SubgroupAccuracy) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in _INTERVALS}
    return _counts(found) | {n: asdict(v) if v else None for n, v in values.items()}


def _subgroup_rows(findings: Findings) -> Iterator[dict[str, object]]:
    for group, rows in findings.subgroups.items():
        for found in rows:
            row = {"group": group, "confidence": findings.confidence} | _counts(found)
            for name in _INTERVALS:
                row |= limits(name, getattr(found, name))
            yield row


def _intention_rows(findings: Findings) -> Iterator[dict[str, object]]:
    for group in (*findings.whole, *findings.groups):
        for target, found in group.targets.items():
            row: dict[str, object] = {
                "group": group.name,
                "target": target.value,
                "nonevaluable_diseased": found.intention.nonevaluable_diseased,
                "nonevaluable_healthy": found.intention.nonevaluable_healthy,
                "confidence": findings.confidence,
                **count_cells(found.intention.table),
            }
            for name in _SHARES:
                row |= limits(name, getattr(found.intention.accuracy, name))
            yield row


def _counts(found: SubgroupAccuracy) -> dict[str, object]:
    return {
        "covariate": found.subgroup.covariate,
        "value": found.subgroup.value,
        "target": found.target.value,
        "patients": found.patients,
        "nonevaluable": found.nonevaluable,
        **count_cells(found.table),
        "caution": found.caution,
    }


def _reason_rows(findings: Findings) -> Iterator[dict[str, object]]:
    for group in findings.whole:
        for reason, counts in reasons_of(group.cases).items():
            by_category = dict(zip((c.value for c in CATEGORIES), counts, strict=True))
            yield {"group": group.name, "reason": reason, "total": sum(counts)} | by_category
