"""``ctbone evaluate``: results against their reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.evaluation.assessment import POINT, Assessment, nonevaluable
from ctbone.evaluation.configuration import EvaluateConfig
from ctbone.evaluation.description import describe_model
from ctbone.evaluation.figures import FIGURES, draw
from ctbone.evaluation.figures.flow import draw_flow
from ctbone.evaluation.files.writing import WRITTEN, write_all
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.gathering import find
from ctbone.evaluation.material import read_material
from ctbone.evaluation.page import PAGE, write_page
from ctbone.evaluation.quantities import quantity
from ctbone.evaluation.scales import spoken
from ctbone.plurals import counted
from ctbone.records import Interval
from ctbone.runs import RunLog
from ctbone.telling import first_notes, tell

#: What a run leaves.
_WRITES = (
    *WRITTEN,
    *(PAGE, "figures/flow.png", "figures/flow.svg"),
    *(f"figures/{name}_*.{kind}" for name in FIGURES for kind in ("png", "svg")),
)


def evaluate(config: EvaluateConfig) -> None:
    """Tabulate results against the reference, write what the tables say, and say it in short."""
    findings, log = run_evaluation(config)
    _show(findings.whole, log.warnings, config.out)


def run_evaluation(config: EvaluateConfig) -> tuple[Findings, RunLog]:
    """Tabulate results against the reference and write what the tables say.

    Raises:
        ValueError: If a file is not what it should be, or another command ran in the folder.
        NothingUsable: If no patient of the chosen splits has a result and a reference.
    """
    log = RunLog("evaluate", config)
    with log.stage("read"):
        material = read_material(config)
        described = describe_model(config.model)
    with log.stage("assess"):
        findings = find(config, material)
    reads = (config.results, config.cohort, config.review, config.against)
    log.begin(config.out, writes=_WRITES, reads=reads)
    log.warnings += [caution.sentence for caution in findings.cautions]
    log.counts |= {
        "patients": len(findings.linkage.cases),
        "nonevaluable": nonevaluable(findings.whole[0]),
    }
    with log.stage("write"):
        write_all(findings, config.out, described)
    with log.stage("draw"):
        if config.figures:
            _draw(findings, config.out / "figures")
        if config.page:
            write_page(findings, config.out)
    log.write(config.out)
    return findings, log


def _draw(findings: Findings, out: Path) -> None:
    draw_flow(findings.flow, out)
    for assessment in findings.whole:
        draw(assessment, out)


def _show(assessments: Sequence[Assessment], warnings: Sequence[str], out: Path) -> None:
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
            table.add_row(name, spoken(target), *cells)
            name = ""
        table.add_section()
    has_points = any(found.auc_note == POINT for a in assessments for found in a.targets.values())
    footnote = [f"* {POINT}"] if has_points else []
    notes = first_notes(warnings, rest="evaluation.json")
    tell(table, notes=[*footnote, *notes], lines=[f"Files are in {out}"])


def _text(value: Interval | None) -> str:
    if value is None:
        return "not given"
    return f"{value.estimate:.2f}\n{value.lower:.2f} to {value.upper:.2f}"
