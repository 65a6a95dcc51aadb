"""``ctbone evaluate``: results against their reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ctbone.cohort import Split, read_cohort
from ctbone.errors import NothingUsable
from ctbone.evaluation.assessment import (
    POINT,
    TARGETS,
    Assessment,
    assess,
    nonevaluable,
    warnings_of,
)
from ctbone.evaluation.description import describe_cohort, describe_model
from ctbone.evaluation.document import (
    quantity,
    write_accuracy,
    write_evaluation,
    write_matrices,
)
from ctbone.evaluation.figures import FIGURES, draw
from ctbone.evaluation.linking import Linkage, group_by_cohort, link
from ctbone.interchange import AccuracyTable, read_results, write_tables
from ctbone.interchange.naming import counted
from ctbone.records import Interval
from ctbone.runs import RunLog

#: Name of the group that holds every patient.
ALL = "all patients"

#: What a run leaves.
_WRITES = (
    *("confusion_matrices.csv", "confusion_matrix_3x3.csv", "accuracy.csv", "evaluation.json"),
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
    """

    results: Path
    cohort: Path
    out: Path
    model: Path | None = None
    study: str = "ctbone"
    splits: tuple[Split, ...] = ("internal_test", "temporal_test", "external_test")
    confidence: float = 0.95
    figures: bool = True

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
        linkage = _linkage(config)
        described = describe_model(config.model)
    log.begin(config.out, writes=_WRITES, reads=(config.results, config.cohort))
    with log.stage("assess"):
        groups, whole = _assessments(linkage, config)
    log.warnings += warnings_of(groups, linkage)
    log.counts |= {"patients": len(linkage.cases), "nonevaluable": nonevaluable(whole[0])}
    with log.stage("write"):
        tables = [table for group in groups for table in _tables(group, config.study, described)]
        write_tables(config.out / "confusion_matrices.csv", tables)
        _write(config, (*whole, *groups), linkage, log.warnings)
    if config.figures:
        with log.stage("draw"):
            for assessment in whole:
                draw(assessment, config.out / "figures")
    log.write(config.out)
    _show(whole, log.warnings, config.out)


def _linkage(config: EvaluateConfig) -> Linkage:
    cohort = read_cohort(config.cohort)
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


def _write(
    config: EvaluateConfig,
    assessments: Sequence[Assessment],
    linkage: Linkage,
    warnings: Sequence[str],
) -> None:
    write_matrices(config.out / "confusion_matrix_3x3.csv", assessments)
    write_accuracy(config.out / "accuracy.csv", assessments, confidence=config.confidence)
    write_evaluation(
        config.out / "evaluation.json",
        assessments,
        linkage=linkage,
        warnings=warnings,
        confidence=config.confidence,
    )


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
