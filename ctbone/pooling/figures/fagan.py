"""Fagan's nomogram."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from ctbone.drawing import ACCENT, INK
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.numerals import level
from ctbone.records import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from ctbone.pooling.model.likelihood import Array

_TITLE = "Fagan's nomogram"

#: Logit of the ends of the scales, 0.1 and 99.9 percent.
_END = float(logit(0.999))


def fagan(analysis: Analysis) -> Plate | Missing:
    """Return the nomogram for the first probability before the test."""
    if not analysis.fagan:
        return Missing(
            name="fagan",
            title=_TITLE,
            why="There are no pooled likelihood ratios to draw it from.",
        )
    step = analysis.fagan[0]
    return Plate(
        name="fagan",
        title=_TITLE,
        caption="A line from the probability before the test through the likelihood ratio ends "
        "at the probability after it (Fagan, N Engl J Med 1975;293:257). Thick bars are the "
        f"{level(analysis.summary.confidence)} intervals that the pooled likelihood ratios give; "
        "the probability before the test is taken as known.",
        alt=f"Fagan's nomogram: from {step.prior:.0%} before the test to "
        f"{step.positive.estimate:.0%} after a positive and {step.negative.estimate:.0%} after a "
        "negative one.",
        size_in=(5.0, 6.6),
        paint=partial(_paint, analysis=analysis),
    )


def _paint(figure: Figure, analysis: Analysis) -> None:
    axes, step, s = figure.add_subplot(), analysis.fagan[0], analysis.summary
    _frame(axes)
    pairs = ((step.positive, s.lr_positive, "-"), (step.negative, s.lr_negative, "--"))
    for after, ratio, style in pairs:
        if ratio is not None:
            _line(axes, step.prior, after, ratio, style)
    title = f"Fagan's nomogram, {100 * step.prior:g} % before the test"
    axes.set_title(f"{title}: {analysis.target}" if analysis.target else title)
    figure.legend(loc="outside lower center")


def _line(axes: Axes, prior: float, after: Interval, ratio: Interval, style: str) -> None:
    colour, sign = (ACCENT, "Positive") if style == "-" else (INK, "Negative")
    text = f"{sign} test: {after:.0%}"
    ends = [-float(logit(prior)), float(_logit(after.estimate))]
    (line,) = axes.plot([0.0, 1.0], ends, style, color=colour, lw=1.6, label=text)
    line.set_clip_path(_window(axes))
    middle = [np.log(ratio.lower) / 2.0, np.log(ratio.upper) / 2.0]
    right = [_logit(after.lower), _logit(after.upper)]
    for x, bar in ((0.5, middle), (1.0, right)):
        low, high = np.clip(bar, -_END, _END)
        axes.plot([x, x], [low, high], color=colour, lw=4.5, alpha=0.55, solid_capstyle="butt")


def _logit(value: float) -> float:
    # Beyond the scales lie values that a line may run to and that have no finite logit.
    return float(logit(np.clip(value, 1e-12, 1.0 - 1e-12)))


def _window(axes: Axes) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((-0.5, -_END), 2.0, 2.0 * _END, transform=axes.transData)


def _frame(axes: Axes) -> None:
    """Draw the three scales: odds before, upside down; likelihood ratio, halved; odds after."""
    percents = np.asarray([0.1, 0.5, 1, 2, 5, 10, 20, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.9])
    ratios = np.asarray([0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000])
    odds = logit(percents / 100.0)
    for x, heights in ((0.0, -odds), (1.0, odds)):
        _scale(axes, x, heights, [f"{p:g}" for p in percents], outward=-1 if x == 0.0 else 1)
    _scale(axes, 0.5, np.log(ratios) / 2.0, [f"{r:g}" for r in ratios], outward=1)
    heads = ((0.0, "Before\nthe test, %"), (0.5, "Likelihood\nratio"), (1.0, "After\nthe test, %"))
    for x, text in heads:
        axes.text(x, 7.4, text, ha="center", va="bottom", fontweight="bold")
    axes.set(xlim=(-0.2, 1.2), ylim=(-7.3, 8.7))
    axes.set_axis_off()


def _scale(axes: Axes, x: float, heights: Array, labels: list[str], *, outward: int) -> None:
    axes.plot([x, x], [heights.min(), heights.max()], color=INK, lw=1.0)
    side = "left" if outward > 0 else "right"
    for height, label in zip(heights, labels, strict=True):
        axes.plot([x, x + 0.015 * outward], [height, height], color=INK, lw=0.8)
        # A white ground keeps a label legible where a line passes under it.
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
        where = x + 0.03 * outward
        axes.text(where, height, label, ha=side, va="center", fontsize=7.5, bbox=ground, zorder=4)
