"""``ctbone evaluate``: results against their reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ctbone.cohort import CohortRow, Split, read_cohort
from ctbone.errors import NothingUsable
from ctbone.evaluation.assessment import POINT, TARGETS, Assessment, assess, nonevaluable
from ctbone.evaluation.cautions import cautions_of
from ctbone.evaluation.checklist import fill, shipped_checklists
from ctbone.evaluation.description import describe_cohort, describe_model
from ctbone.evaluation.document import (
    quantity,
    write_accuracy,
    write_evaluation,
    write_matrices,
)
from ctbone.evaluation.facts import Evidence, facts_of
from ctbone.evaluation.figures import FIGURES, draw
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.findings_files import FILES, findings_document, write_findings
from ctbone.evaluation.flow import flow_of
from ctbone.evaluation.flow_chart import draw_flow
from ctbone.evaluation.levels import level_subgroups
from ctbone.evaluation.linking import Linkage, group_by_cohort, link
from ctbone.evaluation.page import PAGE, write_page
from ctbone.evaluation.provenance import Provenance, read_provenance
from ctbone.evaluation.subgroups import SubgroupAccuracy, assess_subgroups, subgroups
from ctbone.interchange import AccuracyTable, read_results, write_tables
from ctbone.interchange.naming import counted
from ctbone.records import Interval
from ctbone.runs import RunLog

#: Name of the group that holds every patient.
ALL = "all patients"

#: What a run leaves.
_WRITES = (
    *("confusion_matrices.csv", "confusion_matrix_3x3.csv", "accuracy.csv", "evaluation.json"),
    *(*FILES, PAGE, "figures/flow.png", "figures/flow.svg"),
    *(f"figures/{name}_*.{kind}" for name in FIGURES for kind in ("png", "svg")),
)


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """Compare screening results with their reference, patient by patient.

    Attributes:
        results: results.csv of a screening.
        cohort: cohort.csv with the reference results.
        out: Folder for tables, evaluation.json and figures; those of an earlier evaluation in it
            are removed.
        model: Model folder, to fill the columns that describe the index test; without it the
            backbone is other and the rest is blank.
        study: Name of the study, as forest plots will show it.
        splits: Splits to evaluate. A model has seen its training and validation patients.
        confidence: Of every interval, between 0 and 1.
        figures: Whether to draw the figures.
        page: Whether to write evaluation.html, which holds the figures that are drawn.
    """

    results: Path
    cohort: Path
    out: Path
    model: Path | None = None
    study: str = "ctbone"
    splits: tuple[Split, ...] = ("internal_test", "temporal_test", "external_test")
    confidence: float = 0.95
    figures: bool = True
    page: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must lie between 0 and 1, got {self.confidence}")
        if not self.study.strip():
            raise ValueError("study must be a name that forest plots can show, got an empty one")


def evaluate(config: EvaluateConfig) -> None:
    """Tabulate results against the reference and write what the tables say.

    Raises:
        ValueError: If a file is not what it should be, or another command ran in the folder.
        NothingUsable: If no patient of the chosen splits has a result and a reference.
    """
    log = RunLog("evaluate", config)
    with log.stage("read"):
        cohort = read_cohort(config.cohort)
        linkage = _linkage(config, cohort)
        described = describe_model(config.model)
        provenance = read_provenance(config.results, config.model)
    log.begin(config.out, writes=_WRITES, reads=(config.results, config.cohort))
    with log.stage("assess"):
        findings = _find(config, cohort, linkage, provenance)
    log.warnings += [caution.sentence for caution in findings.cautions]
    log.counts |= {
        "patients": len(linkage.cases),
        "nonevaluable": nonevaluable(findings.whole[0]),
    }
    with log.stage("write"):
        _write(config, findings, described)
    with log.stage("draw"):
        _draw(config, findings)
    log.write(config.out)
    _show(findings.whole, log.warnings, config.out)


def _linkage(config: EvaluateConfig, cohort: Sequence[CohortRow]) -> Linkage:
    chosen = [row for row in cohort if row.split in config.splits]
    if not chosen:
        found = sorted({row.split for row in cohort})
        raise NothingUsable(f"expected patients in the splits {config.splits}, found {found}")
    outside = {row.study_uid for row in cohort} - {row.study_uid for row in chosen}
    results = [row for row in read_results(config.results) if row.study_uid not in outside]
    linkage = link(results, chosen)
    if not linkage.cases:
        raise NothingUsable(
            f"expected results for studies of the cohort, found none: {len(results)} results, "
            f"{len(chosen)} studies with a reference"
        )
    return linkage


def _find(
    config: EvaluateConfig,
    cohort: Sequence[CohortRow],
    linkage: Linkage,
    provenance: Provenance,
) -> Findings:
    groups, whole = _assessments(linkage, config)
    flow, cautions = flow_of(linkage), cautions_of(groups, linkage)
    evidence = Evidence(
        cohort=tuple(cohort),
        whole=whole[0],
        flow=flow,
        cautions=cautions,
        provenance=provenance,
        confidence=config.confidence,
    )
    facts = facts_of(evidence)
    return Findings(
        study=config.study,
        confidence=config.confidence,
        linkage=linkage,
        groups=groups,
        whole=whole,
        subgroups={group.name: _subgroups(config, group, provenance) for group in whole},
        flow=flow,
        cautions=cautions,
        facts=facts,
        checklists=tuple((one, fill(one, facts)) for one in shipped_checklists()),
    )


def _subgroups(
    config: EvaluateConfig, group: Assessment, provenance: Provenance
) -> tuple[SubgroupAccuracy, ...]:
    levels = level_subgroups(group.cases, config.results, provenance)
    parts = (*subgroups(group.cases), *levels)
    return assess_subgroups(parts, confidence=config.confidence)


def _assessments(
    linkage: Linkage, config: EvaluateConfig
) -> tuple[tuple[Assessment, ...], tuple[Assessment, ...]]:
    """Return the disjoint groups by split and site, and the overlapping ones for people."""
    groups = tuple(
        assess(f"{split}, {site}" if site else split, cases, confidence=config.confidence)
        for (split, site), cases in group_by_cohort(linkage.cases).items()
    )
    splits = dict.fromkeys(case.reference.split for case in linkage.cases)
    whole = [assess(ALL, linkage.cases, confidence=config.confidence)]
    taken = {group.name for group in groups}
    for split in (s for s in config.splits if s in splits and s not in taken):
        cases = [case for case in linkage.cases if case.reference.split == split]
        whole.append(assess(split, cases, confidence=config.confidence))
    return groups, tuple(whole)


def _tables(group: Assessment, study: str, described: dict[str, str]) -> tuple[AccuracyTable, ...]:
    models = sorted({case.result.model for case in group.cases if case.result.model})
    base = AccuracyTable(
        study=f"{study}, {group.name}",
        cohort=group.name,
        model="+".join(models),
        n_nonevaluable=nonevaluable(group),
        covariates={**described, **describe_cohort(group.cases)},
        table=group.targets[TARGETS[0]].table,
    )
    return tuple(
        replace(base, target=target.value, table=found.table)
        for target, found in group.targets.items()
    )


def _write(config: EvaluateConfig, findings: Findings, described: dict[str, str]) -> None:
    groups = findings.groups
    tables = [table for group in groups for table in _tables(group, config.study, described)]
    write_tables(config.out / "confusion_matrices.csv", tables)
    assessments = (*findings.whole, *groups)
    write_matrices(config.out / "confusion_matrix_3x3.csv", assessments)
    write_accuracy(config.out / "accuracy.csv", assessments, confidence=config.confidence)
    write_findings(findings, config.out)
    write_evaluation(
        config.out / "evaluation.json",
        assessments,
        linkage=findings.linkage,
        confidence=config.confidence,
        further=findings_document(findings),
    )


def _draw(config: EvaluateConfig, findings: Findings) -> None:
    if config.figures:
        for assessment in findings.whole:
            draw(assessment, config.out / "figures")
        draw_flow(findings.flow, config.out / "figures")
    if config.page:
        write_page(findings, config.out)


def _show(assessments: Sequence[Assessment], warnings: Sequence[str], out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Accuracy by patient", title_justify="left")
    for head in ("Group", "Target", "Sensitivity", "Specificity", "AUC"):
        table.add_column(head, no_wrap=True)
    for assessment in assessments:
        name = f"{assessment.name}\n{counted(len(assessment.cases), 'patient')}"
        for target, found in assessment.targets.items():
            names = ("sensitivity", "specificity", "auc")
            cells = [_text(quantity(found, n)) for n in names]
            cells[-1] += " *" if found.auc_note == POINT else ""
            table.add_row(name, target.value, *cells)
            name = ""
        table.add_section()
    console = Console()
    console.print(table)
    if any(found.auc_note == POINT for a in assessments for found in a.targets.values()):
        console.print(f"* {POINT}", style="dim", markup=False)
    for warning in warnings:
        console.print(warning, style="dim", markup=False)
    console.print(f"Files are in {out}", markup=False)


def _text(value: Interval | None) -> str:
    if value is None:
        return "not given"
    return f"{value.estimate:.2f}\n{value.lower:.2f} to {value.upper:.2f}"
