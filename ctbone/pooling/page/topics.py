"""The sections about one target."""

from __future__ import annotations

from ctbone.pages import Block, Folded, Paragraph, Section
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures import Missing, Plate, plates
from ctbone.pooling.figures.texts import probability
from ctbone.pooling.page import tables
from ctbone.pooling.page.gallery import Shelf


def topics(analysis: Analysis, shelf: Shelf) -> list[Section]:
    """Return the sections; those about which nothing is known are empty."""
    parts = (
        ("Studies and summary ROC", _accuracy(analysis, shelf)),
        ("What a result tells", _results(analysis, shelf)),
        ("Heterogeneity", _heterogeneity(analysis)),
        ("Subgroups", _subgroups(analysis, shelf)),
        ("Influence and asymmetry", _influence(analysis, shelf)),
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
    found = tables.variances(analysis)
    return (tables.heterogeneity(analysis), *((found,) if found else ()))


def _subgroups(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    drawn = shelf.figures(_named(analysis, "subgroups"))
    return (tables.subgroups(analysis), *drawn) if analysis.subgroups else drawn


def _influence(analysis: Analysis, shelf: Shelf) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if (test := analysis.asymmetry) is not None:
        blocks.append(
            Paragraph(
                f"Deeks' test: slope {test.slope:.2f} (standard error {test.se:.2f}), "
                f"t = {test.t:.2f} on {test.df} degrees of freedom, {probability(test.p)}."
            )
        )
    blocks += shelf.gallery(_named(analysis, "influence", "funnel", "boxplot"))
    if analysis.influence:
        table = tables.influence(analysis)
        blocks.append(Folded(summary=table.title, blocks=(table,)))
    return tuple(blocks)
