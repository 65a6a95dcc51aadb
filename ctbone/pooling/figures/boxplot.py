"""The bivariate box plot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.boxplot import BoxPlot, box_plot
from ctbone.pooling.figures.labels import name_points
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.model.likelihood import Counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE = "Bivariate box plot"


def bivariate_box_plot(analysis: Analysis) -> Plate | Missing:
    """Return the logits of the studies inside their hinge and fence."""
    found = box_plot(Counts.from_tables([t.table for t in analysis.tables]))
    if found is None:
        why = "It asks for four studies with both margins, of which no half are equal in one."
        return Missing(name="boxplot", title=_TITLE, why=why)
    names = [analysis.tables[i].study for i in found.outliers]
    outside = f"Beyond the fence: {', '.join(names)}." if names else "No study lies beyond it."
    corrected = (
        " Open circles are studies with an empty cell, whose logit took half a patient in both "
        "cells of that margin."
        if found.corrected.any()
        else ""
    )
    return Plate(
        name="boxplot",
        title=_TITLE,
        caption="The inner ellipse holds the half of the studies nearest to the robust centre, "
        "the outer one is the fence (Goldberg and Iglewicz, Technometrics 1992;34:307). "
        f"{outside}{corrected}",
        alt=f"Bivariate box plot of the logits of sensitivity and specificity. {outside}",
        size_in=(5.4, 5.2),
        paint=partial(_paint, analysis=analysis, found=found),
    )


def _paint(figure: Figure, analysis: Analysis, found: BoxPlot) -> None:
    axes = figure.add_subplot()
    fence, hinge = found.ellipse(found.fence), found.ellipse(found.hinge)
    axes.plot(fence[:, 1], fence[:, 0], color=QUIET, lw=1.1, ls="--", label="Fence")
    axes.fill(hinge[:, 1], hinge[:, 0], color=ACCENT, alpha=0.14, lw=0)
    axes.plot(hinge[:, 1], hinge[:, 0], color=ACCENT, lw=1.2, label="Hinge, half of the studies")
    axes.plot(found.centre[1], found.centre[0], "+", color=ACCENT, ms=10, mew=1.8, label="Centre")
    for chosen, colour in ((~found.corrected, INK), (found.corrected, "white")):
        x, y = found.logits[chosen, 1], found.logits[chosen, 0]
        axes.scatter(x, y, s=26, facecolor=colour, edgecolor=INK, linewidth=0.9, zorder=3)
    axes.margins(0.2 if found.outliers.size else 0.06, 0.06)
    named = [i for i, study in enumerate(found.studies) if study in set(found.outliers)]
    where = found.logits[named][:, ::-1]
    name_points(axes, where, [analysis.tables[found.studies[i]].study for i in named])
    axes.set(xlabel="Logit of specificity", ylabel="Logit of sensitivity")
    axes.set_title(f"{_TITLE}: {analysis.target}" if analysis.target else _TITLE)
    figure.legend(loc="outside lower center", ncols=3)
