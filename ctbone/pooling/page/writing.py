"""The page as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from ctbone.interchange.naming import file_names
from ctbone.pages import Block, Folded, Note, Page, Paragraph, Section, Table, render
from ctbone.plurals import counted
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.page.gallery import Shelf
from ctbone.pooling.page.sentences import methods, results
from ctbone.pooling.page.tables import headline
from ctbone.pooling.page.topics import topics
from ctbone.version import __version__

#: More notes than these are folded away.
_MOST_NOTES = 6

_NOTHING: Mapping[str, str] = MappingProxyType({})

#: What words of the page mean.
_DEFINITIONS = (
    (
        "Sensitivity",
        "Share of those with the target condition that the index test calls positive.",
    ),
    ("Specificity", "Share of those without it that the index test calls negative."),
    ("LR+", "Positive likelihood ratio: sensitivity / (1 - specificity)."),
    ("LR-", "Negative likelihood ratio: (1 - sensitivity) / specificity."),
    ("Diagnostic odds ratio", "LR+ / LR-."),
    ("Area under the SROC", "Mean sensitivity of the summary curve over all specificities."),
    (
        "Confidence region, prediction region",
        "Where the pooled pair lies; where the true pair of a further study lies.",
    ),
    (
        "Q, I\u00b2 of a margin",
        "Pearson's test that one proportion holds for all studies; share of Q beyond its degrees "
        "of freedom.",
    ),
    (
        "I\u00b2 after Zhou and Dendukuri",
        "Variance between studies against that expected within them; joint by determinants "
        "(Stat Med 2014;33:2701).",
    ),
    (
        "I\u00b2 as MIDAS prints it",
        "From a likelihood-ratio test against one intercept shared by both margins, which fits "
        "nearly no real data: it is near 100 % almost always.",
    ),
    (
        "Cook's distance",
        "How far both pooled logits move without a study, in units of their covariance.",
    ),
)


def write_page(
    path: Path,
    analyses: Sequence[Analysis],
    *,
    figures: Path | None = None,
    provenance: Mapping[str, str] = _NOTHING,
) -> Path:
    """Write pooling.html and return its path.

    Args:
        path: Where to.
        analyses: One a target, in the order of reading.
        figures: Folder in which ``draw`` left the figures, each target's with the suffix that
            ``file_names`` gives it; without it the page has tables and text alone.
        provenance: What the page names as its origin, besides versions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    page = to_page(analyses, figures=figures, provenance=provenance)
    path.write_text(render(page), encoding="utf-8")
    return path


def to_page(
    analyses: Sequence[Analysis],
    *,
    figures: Path | None = None,
    provenance: Mapping[str, str] = _NOTHING,
) -> Page:
    """Return the page that ``write_page`` writes.

    Raises:
        ValueError: If there is no analysis.
    """
    if not analyses:
        raise ValueError("a page needs at least one analysis, got none")
    names = file_names(analysis.target for analysis in analyses)
    sections = [_pooled(analyses), _quotes(analyses)]
    for analysis in analyses:
        sections += topics(analysis, Shelf(figures, names[analysis.target]))
    sections += [_definitions(), _provenance(provenance)]
    return Page(
        title="Meta-analysis of diagnostic accuracy",
        lead=_lead(analyses),
        sections=tuple(section for section in sections if section.blocks),
        footer=f"Written by ctbone {__version__}.",
    )


def _lead(analyses: Sequence[Analysis]) -> str:
    found = [
        f"{a.target + ': ' if a.target else ''}{counted(a.summary.k, 'table')}" for a in analyses
    ]
    return f"Pooled from 2x2 tables. {'; '.join(found)}."


def _pooled(analyses: Sequence[Analysis]) -> Section:
    blocks: list[Block] = [headline(analyses)]
    notes = [
        Note(f"{analysis.target}: {note}" if analysis.target else note)
        for analysis in analyses
        for note in analysis.notes
    ]
    if len(notes) > _MOST_NOTES:
        summary = f"{len(notes)} notes: what the data did not carry, and what limits them"
        blocks.append(Folded(summary=summary, blocks=tuple(notes)))
    else:
        blocks += notes
    return Section(title="Pooled accuracy", blocks=tuple(blocks))


def _quotes(analyses: Sequence[Analysis]) -> Section:
    told = [Paragraph(results(analysis), quotable=True) for analysis in analyses]
    lead = Paragraph("For a section on methods, then on results; numbers are those of this page.")
    blocks = (lead, Paragraph(methods(analyses), quotable=True), *told)
    return Section(title="Text to quote", blocks=blocks)


def _definitions() -> Section:
    table = Table(
        title="What the words mean",
        columns=("Word", "Meaning"),
        rows=_DEFINITIONS,
        sortable=False,
    )
    return Section(title="Definitions", blocks=(table,))


def _provenance(stated: Mapping[str, str]) -> Section:
    rows: Iterable[tuple[str, str]] = (
        ("ctbone", __version__),
        *((name, version(name)) for name in ("numpy", "scipy")),
        *stated.items(),
    )
    table = Table(
        title="What the page was made with",
        columns=("What", "Value"),
        rows=tuple(rows),
        sortable=False,
    )
    return Section(title="Provenance", blocks=(table,))
