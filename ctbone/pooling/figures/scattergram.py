"""The scattergram of likelihood ratios."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.plurals import counted
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.labels import number_log_axis
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.model.likelihood import Array
from ctbone.pooling.numerals import level, ratio_interval
from ctbone.pooling.scattergram import CONFIRMS, EXCLUDES, quadrant, study_ratios

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Likelihood ratio scattergram"

#: The axes hold at least these ratios and at most those; a pooled interval that runs on is cut.
_LEAST = {"positive": (0.8, 120.0), "negative": (0.008, 1.2)}
_FARTHEST = (1e-3, 1e4)


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Ratios of the studies, and the axes that hold them."""

    positive: Array
    negative: Array
    x: tuple[float, float]
    y: tuple[float, float]


def scattergram(analysis: Analysis) -> Plate | Missing:
    """Return studies and pooled values by their two likelihood ratios."""
    s = analysis.summary
    if s.lr_positive is None or s.lr_negative is None:
        return Missing(
            name="scattergram", title=_TITLE, why="There are no pooled likelihood ratios to draw."
        )
    what = quadrant(s.lr_positive.estimate, s.lr_negative.estimate)
    return Plate(
        name="scattergram",
        title=_TITLE,
        caption="A positive likelihood ratio above 10 confirms, a negative one below 0.1 excludes "
        f"(Stengel et al., J Med Screen 2003;10:47): the pooled values stand for {what}. Bars are "
        f"{level(s.confidence)} intervals. Triangles at an edge are studies with an empty cell, "
        "whose ratio is 0 or infinite.",
        alt=f"Scattergram of likelihood ratios; pooled LR+ {s.lr_positive.estimate:.2g} and LR- "
        f"{s.lr_negative.estimate:.2g} stand for {what}.",
        size_in=(5.6, 5.9),
        paint=partial(_paint, analysis=analysis),
    )


def _paint(figure: Figure, analysis: Analysis) -> None:
    axes, points = figure.add_subplot(), _points(analysis)
    axes.set(xscale="log", yscale="log", xlim=points.x, ylim=points.y)
    axes.axhline(CONFIRMS, color=QUIET, lw=0.9)
    axes.axvline(EXCLUDES, color=QUIET, lw=0.9)
    _names(axes)
    _studies(axes, points)
    _pooled(axes, analysis)
    for axis in (axes.xaxis, axes.yaxis):
        number_log_axis(axis)
    axes.set(xlabel="Negative likelihood ratio", ylabel="Positive likelihood ratio")
    title = f"{_TITLE}: {analysis.target}" if analysis.target else _TITLE
    # Room for what stands on the upper edge.
    axes.set_title(title, pad=12)
    figure.legend(loc="outside lower center")


def _points(analysis: Analysis) -> _Points:
    found = [r for r in (study_ratios(t.table) for t in analysis.tables) if r is not None]
    positive, negative = np.asarray(found, float).reshape(-1, 2).T
    s = analysis.summary
    pooled = (s.lr_positive, s.lr_negative)
    first, second = ([v.lower, v.estimate, v.upper] if v else [] for v in pooled)
    x = _reach([*negative, *second], _LEAST["negative"])
    return _Points(positive, negative, x, _reach([*positive, *first], _LEAST["positive"]))


def _reach(values: list[float], least: tuple[float, float]) -> tuple[float, float]:
    inside = [v for v in values if 0.0 < v < np.inf]
    low, high = min([*inside, least[0]]), max([*inside, least[1]])
    return max(low / 1.3, _FARTHEST[0]), min(high * 1.3, _FARTHEST[1])


def _names(axes: Axes) -> None:
    """Write in each corner what its quadrant stands for."""
    corners = (
        (0.015, 0.955, "Confirmation\nand exclusion"),
        (0.985, 0.955, "Confirmation only"),
        (0.015, 0.015, "Exclusion only"),
        (0.985, 0.015, "Neither"),
    )
    for x, y, text in corners:
        axes.text(
            x, y, text, transform=axes.transAxes, fontsize=8, style="italic", color="#5d6b7a",
            ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top", zorder=0,
        )  # fmt: skip


def _studies(axes: Axes, points: _Points) -> None:
    """Draw the studies, those with a ratio of 0 or infinity on the edge that they lie beyond."""
    x, y = np.clip(points.negative, *points.x), np.clip(points.positive, *points.y)
    inside = (x == points.negative) & (y == points.positive)
    style: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": INK,
        "linewidth": 0.8,
        "clip_on": False,
    }
    label = counted(len(x), "table")
    axes.scatter(x[inside], y[inside], s=26, label=label, **style)
    beyond = (
        ("<", points.negative < x), (">", points.negative > x),
        ("v", (points.positive < y) & (points.negative == x)),
        ("^", (points.positive > y) & (points.negative == x)),
    )  # fmt: skip
    for marker, chosen in beyond:
        axes.scatter(x[chosen], y[chosen], s=34, marker=marker, **style)


def _pooled(axes: Axes, analysis: Analysis) -> None:
    first, second = analysis.summary.lr_positive, analysis.summary.lr_negative
    if first is None or second is None:
        return
    x, y = second.estimate, first.estimate
    axes.plot([second.lower, second.upper], [y, y], color=ACCENT, lw=1.6, zorder=4)
    axes.plot([x, x], [first.lower, first.upper], color=ACCENT, lw=1.6, zorder=4)
    text = f"Pooled: LR+ {ratio_interval(first)}, LR- {ratio_interval(second)}"
    axes.plot(x, y, "D", color=ACCENT, ms=6.5, label=text, zorder=5)
