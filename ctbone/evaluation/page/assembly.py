"""The page, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ctbone.evaluation.facts import FACTS
from ctbone.evaluation.findings import Findings
from ctbone.evaluation.measures.cutoffs import RANGES
from ctbone.evaluation.page import agreement_tables, further_tables, tables
from ctbone.evaluation.page.drawings import gallery, single, wide
from ctbone.evaluation.prose import methods_text, results_text
from ctbone.evaluation.scales import spoken
from ctbone.pages import Block, Folded, Note, Page, Paragraph, Section, render
from ctbone.plurals import counted
from ctbone.version import __version__

#: Name of the page, below the folder of the run.
PAGE = "evaluation.html"

#: What stands where other cut-offs cannot be tried.
_NO_RULE = (
    "Other cut-offs of the index test are not tried: the rule that classed these patients is not "
    "known beyond doubt. It has to give every category, and to be the one that run.json beside "
    "the results holds; without that, it has to ship with ctbone and be the only one that fits."
)

#: The flow chart and what it shows.
_FLOW = ("flow", "STARD flow chart: from the studies of the cohort to the cells of the table")


def write_page(findings: Findings, out: Path) -> Path:
    """Write the page; figures that lie in the folder become part of it.

    Args:
        findings: What was found.
        out: Folder of the run.
    """
    path = out / PAGE
    path.write_text(render(page_of(findings, out / "figures")), encoding="utf-8")
    return path


def page_of(findings: Findings, figures: Path) -> Page:
    """Return what the page says."""
    sections = (
        Section(title="Accuracy", blocks=tuple(_headline(findings))),
        Section(title="What to know before using these tables", blocks=tuple(_cautions(findings))),
        Section(title="Flow of participants", blocks=tuple(single(figures, *_FLOW))),
        Section(title="Tables by target", blocks=tuple(_targets(findings, figures))),
        Section(title="Patients without a result", blocks=tuple(_intention(findings))),
        Section(title="Review by a person", blocks=tuple(_review(findings))),
        Section(title="Scores", blocks=tuple(gallery(figures, "roc"))),
        Section(title="Agreement of density", blocks=tuple(_density(findings, figures))),
        Section(title="Agreement of T-score", blocks=tuple(_t_score(findings, figures))),
        Section(
            title="Probabilities", blocks=tuple(wide(figures, "calibration", "decision_curve"))
        ),
        Section(title="Cut-offs", blocks=tuple(_cutoffs(findings, figures))),
        Section(title="Beside another index test", blocks=tuple(_comparison(findings))),
        Section(title="Subgroups", blocks=tuple(_subgroups(findings))),
        Section(title="Text for a paper", blocks=tuple(_prose(findings))),
        Section(title="Checklists", blocks=tuple(_checklists(findings))),
        Section(title="Provenance", blocks=(_provenance(findings),)),
    )
    whole = findings.whole[0]
    return Page(
        title=f"Accuracy of {findings.study}",
        lead=f"{counted(len(whole.cases), 'patient')} with a reference category, each counted "
        "once; index test against reference standard.",
        sections=tuple(section for section in sections if section.blocks),
        footer=f"Written by ctbone {__version__}. Research software, no medical device.",
    )


def _headline(findings: Findings) -> Iterator[Block]:
    yield tables.headline(findings.whole, findings.confidence)


def _cautions(findings: Findings) -> Iterator[Block]:
    for caution in findings.cautions:
        yield Note(caution.sentence)


def _targets(findings: Findings, figures: Path) -> Iterator[Block]:
    first, *others = findings.whole
    yield tables.targets(first, findings.confidence)
    yield tables.matrix(first)
    if lack := findings.linkage.scale.lack:
        yield Note(lack)
    yield further_tables.predictive(first)
    yield from gallery(figures, "confusion_matrix")
    if findings.linkage.scale.is_three_way:
        yield agreement_tables.agreement(findings.whole)
    for other in others:
        blocks = (tables.targets(other, findings.confidence), tables.matrix(other))
        yield Folded(summary=tables.title_of(other), blocks=blocks)


def _density(findings: Findings, figures: Path) -> Iterator[Block]:
    if any(group.density is not None for group in findings.whole):
        yield agreement_tables.density(findings.whole)
        yield from gallery(figures, "bland_altman", "density_scatter")


def _t_score(findings: Findings, figures: Path) -> Iterator[Block]:
    if any(group.t_score is not None for group in findings.whole):
        yield agreement_tables.t_score(findings.whole)
        yield from gallery(figures, "t_score_bland_altman", "t_score_scatter")


def _intention(findings: Findings) -> Iterator[Block]:
    if findings.flow.no_result:
        yield tables.reasons(findings.flow)
    yield further_tables.intention(findings.whole)
    whole = findings.whole[0]
    if any(found.indeterminate for found in whole.targets.values()):
        table = further_tables.indeterminate(whole)
        yield Folded(summary=table.title, blocks=(table,))


def _review(findings: Findings) -> Iterator[Block]:
    if findings.flow.review is not None:
        yield tables.review(findings.flow.review)


def _cutoffs(findings: Findings, figures: Path) -> Iterator[Block]:
    whole = findings.whole[0]
    if findings.thresholds:
        yield further_tables.thresholds(findings.thresholds)
    yield from wide(figures, "cutoffs")
    swept = ((target, found.cutoffs) for target, found in whole.targets.items())
    found = [further_tables.cutoffs(one, spoken(target)) for target, one in swept if one]
    if not found and {case.result.quantity for case in whole.cases} & RANGES.keys():
        yield Paragraph(_NO_RULE)
    if whole.reference_changes:
        found.append(further_tables.reference_cutoffs(whole))
    yield from (Folded(summary=table.title, blocks=(table,)) for table in found)


def _comparison(findings: Findings) -> Iterator[Block]:
    if findings.comparison is not None:
        yield further_tables.comparison(findings.comparison)


def _subgroups(findings: Findings) -> Iterator[Block]:
    whole = findings.whole[0]
    rows = findings.subgroups[whole.name]
    first, *others = (tables.subgroups(rows, target, whole.name) for target in whole.targets)
    yield first
    yield from (Folded(summary=table.title, blocks=(table,)) for table in others)


def _prose(findings: Findings) -> Iterator[Block]:
    yield Paragraph("Made from what the run knows; read it before you quote it.")
    yield Paragraph(methods_text(findings.facts), quotable=True)
    whole, flow = findings.whole[0], findings.flow
    text = results_text(whole, flow, confidence=findings.confidence)
    yield Paragraph(text, quotable=True)


def _checklists(findings: Findings) -> Iterator[Block]:
    yield tables.checklist_states(findings.checklists)
    for checklist, answers in findings.checklists:
        table = tables.checklist(checklist, answers)
        yield Folded(summary=checklist.name, blocks=(table,))


def _provenance(findings: Findings) -> Block:
    shown: Sequence[str] = (
        "index_test",
        "weights",
        "index_rule",
        "index_software",
        "software",
        "hardware",
        "training",
    )
    facts = ((FACTS[name], findings.facts[name]) for name in shown if name in findings.facts)
    return tables.provenance(facts)
