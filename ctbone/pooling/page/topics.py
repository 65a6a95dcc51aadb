"""The sections about one target."""

from __future__ import annotations

from ctbone.pages import Block, Folded, Note, Paragraph, Section
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures import Missing, Plate, plates
from ctbone.pooling.numerals import probability
from ctbone.pooling.page import differences, robustness, tables
from ctbone.pooling.page.gallery import Shelf


def topics(analysis: Analysis, shelf: Shelf) -> list[Section]:
    """Return the sections; those about which nothing is known are empty."""
    parts = (
        ("Studies and summary ROC", _accuracy(analysis, shelf)),
        ("What a result tells", _results(analysis, shelf)),
        ("Heterogeneity", _heterogeneity(analysis)),
        ("Subgroups", _subgroups(analysis, shelf)),
        ("Influence and asymmetry", _influence(analysis, shelf)),
        ("Other ways of reckoning", _robustness(analysis)),
        ("Counts of the studies", (tables.studies(analysis),)),
    )
    return [
        Section(title=title, aside=analysis.target, blocks=tuple(blocks))
        for title, blocks in parts
    ]


def _named(analysis: Analysis, *names: str) -> list[Plate | Missing]:
    """Return the figures of these names, a figure in several parts among them."""
    return [plate for plate in plates(analysis) if plate.name.split("_")[0] in names]


def _accuracy(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    return shelf.figures(_named(analysis, "forest", "sroc"))


def _results(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    drawn = shelf.gallery(_named(analysis, "fagan", "predictive", "scattergram"))
    return (tables.fagan(analysis), *drawn) if analysis.fagan else drawn


def _heterogeneity(analysis: Analysis) -> tuple[Block, ...]:
    found = (differences.tests(analysis), differences.variances(analysis))
    blocks: list[Block] = [table for table in found if table is not None]
    threshold = analysis.heterogeneity.threshold
    if threshold.spearman is not None and threshold.p is not None:
        told = (
            "Rank correlation of the observed logits of sensitivity and of 1 - specificity: "
            f"{threshold.spearman:.2f} ({probability(threshold.p)}). Well above zero it speaks "
            "for thresholds that differ between studies."
        )
        blocks.append(Paragraph(told))
    return tuple(blocks)


def _subgroups(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    blocks: list[Block] = [differences.subgroups(analysis)] if analysis.subgroups else []
    blocks += shelf.figures(_named(analysis, "subgroups"))
    if analysis.trends:
        blocks.append(differences.trends(analysis))
    return tuple(blocks)


def _robustness(analysis: Analysis) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if (found := analysis.dependence) is not None:
        blocks.append(robustness.dependence(analysis, found))
        blocks += [Note(note) for note in found.notes if note not in analysis.notes]
    if analysis.student:
        blocks.append(robustness.limits(analysis))
    if analysis.compat is not None:
        blocks.append(robustness.midas(analysis.compat))
    return tuple(blocks)


def _influence(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if (test := analysis.asymmetry) is not None:
        blocks.append(
            Paragraph(
                f"Deeks' test: slope {test.slope:.2f} ({test.slope_lower:.2f} to "
                f"{test.slope_upper:.2f}), "
                f"t = {test.t:.2f} on {test.df} degrees of freedom, {probability(test.p)}."
            )
        )
    blocks += shelf.gallery(_named(analysis, "funnel", "boxplot"))
    blocks += shelf.figures(_named(analysis, "influence"))
    if analysis.influence:
        table = tables.influence(analysis)
        blocks.append(Folded(summary=table.title, blocks=(table,)))
    return tuple(blocks)
