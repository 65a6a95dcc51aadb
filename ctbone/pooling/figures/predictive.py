"""The probability of disease after the test, whatever it was before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.numerals import level
from ctbone.records import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Probability before and after the test"


def predictive(analysis: Analysis) -> Plate | Missing:
    """Return the two curves, after a positive and after a negative test."""
    s = analysis.summary
    if s.lr_positive is None or s.lr_negative is None:
        return Missing(
            name="predictive",
            title=_TITLE,
            why="There are no pooled likelihood ratios to draw it from.",
        )
    return Plate(
        name="predictive",
        title=_TITLE,
        caption="After a positive test the upper curve is the positive predictive value; after a "
        "negative one the lower curve is one minus the negative predictive value. Bands are "
        f"{level(s.confidence)} intervals from the pooled likelihood ratios. The diagonal is a "
        "test that tells nothing.",
        alt="Curves of the probability of the condition after a positive and a negative test "
        "against that before it.",
        size_in=(5.2, 5.6),
        paint=partial(_paint, analysis=analysis, ratios=(s.lr_positive, s.lr_negative)),
    )


def _paint(figure: Figure, analysis: Analysis, ratios: tuple[Interval, Interval]) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=QUIET, lw=0.8)
    pairs = (("Positive", "-", ACCENT), ("Negative", "--", INK))
    for ratio, (sign, style, colour) in zip(ratios, pairs, strict=True):
        _curve(axes, ratio, style=style, colour=colour, label=f"{sign} test")
    for step in analysis.fagan:
        for after, colour in ((step.positive, ACCENT), (step.negative, INK)):
            axes.plot(step.prior, after.estimate, "o", ms=4, color=colour, zorder=4)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(xlabel="Probability of the condition before the test")
    axes.set(ylabel="Probability of the condition after the test")
    axes.set_title(f"{_TITLE}: {analysis.target}" if analysis.target else _TITLE)
    figure.legend(loc="outside lower center", ncols=2)


def _curve(axes: Axes, ratio: Interval, *, style: str, colour: str, label: str) -> None:
    prior = np.linspace(0.0, 1.0, 401)
    low, mid, high = (
        r * prior / (r * prior + 1.0 - prior) for r in (ratio.lower, ratio.estimate, ratio.upper)
    )
    axes.fill_between(prior, low, high, color=colour, alpha=0.16, lw=0)
    axes.plot(prior, mid, style, color=colour, lw=1.6, label=label)
