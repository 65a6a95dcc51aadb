"""Deeks' funnel plot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import ACCENT, INK
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.asymmetry import Asymmetry, funnel
from ctbone.pooling.figures.labels import number_log_axis
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.numerals import probability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE = "Deeks' funnel plot"


def funnel_plot(analysis: Analysis) -> Plate | Missing:
    """Return the odds ratios against one over the root of effective sample size."""
    test = analysis.asymmetry
    if test is None:
        why = (
            "Deeks' test asks for three studies of different size, with and without the condition "
            "among their patients."
        )
        return Missing(name="funnel", title=_TITLE, why=why)
    corrected = (
        f" Half a patient was added to each cell of the studies with an empty one (open circles: "
        f"{test.corrected})."
        if test.corrected
        else ""
    )
    verdict = "asymmetry" if test.p < 0.1 else "no sign of asymmetry"
    return Plate(
        name="funnel",
        title=_TITLE,
        caption="The line is the regression of the log diagnostic odds ratio on one over the root "
        "of effective sample size, weighted by the latter (Deeks et al., J Clin Epidemiol "
        f"2005;58:882): {probability(test.p)}, {verdict} at the usual level of 0.10.{corrected}",
        alt=f"Deeks' funnel plot with its regression line, {probability(test.p)}.",
        size_in=(5.4, 4.9),
        paint=partial(_paint, analysis=analysis, test=test),
    )


def _paint(figure: Figure, analysis: Analysis, test: Asymmetry) -> None:
    counts = Counts.from_tables([t.table for t in analysis.tables])
    log_odds, size, corrected = funnel(counts.take(np.asarray((counts.totals > 0).all(1))))
    depth = 1.0 / np.sqrt(size)
    axes = figure.add_subplot()
    for chosen, colour in ((~corrected, INK), (corrected, "white")):
        x, y = np.exp(log_odds[chosen]), depth[chosen]
        axes.scatter(x, y, s=30, facecolor=colour, edgecolor=INK, linewidth=0.9, zorder=3)
    ends = np.asarray([0.85 * depth.min(), 1.06 * depth.max()])
    label = f"Regression line, {probability(test.p)}"
    axes.plot(np.exp(test.intercept + test.slope * ends), ends, color=ACCENT, lw=1.5, label=label)
    axes.set(xscale="log", ylim=(ends[1], ends[0]))
    number_log_axis(axes.xaxis)
    axes.set(xlabel="Diagnostic odds ratio", ylabel="1 / root of effective sample size")
    axes.set_title(f"{_TITLE}: {analysis.target}" if analysis.target else _TITLE)
    figure.legend(loc="outside lower center")
