"""Differences of index and reference density, or T-score, over their mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import heading, said, scatter
from ctbone.evaluation.figures.measurands import DENSITY, Measurand
from ctbone.evaluation.measures.density import DensityAgreement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Least distance of two labels, as a share of the height of the axes.
_APART = 0.13


def draw_bland_altman(
    assessment: Assessment, out: Path, name: str, *, measured: Measurand = DENSITY
) -> tuple[Path, ...]:
    """Draw bias and limits of agreement with their intervals, and the proportional bias."""
    found = measured.agreement(assessment)
    if found is None:
        return ()
    index, reference = measured.pairs(assessment.cases)
    means, differences = (index + reference) / 2.0, index - reference
    with new_figure(6.2, 4.3) as figure:
        axes = figure.add_subplot()
        axes.axhline(0.0, color=QUIET, lw=0.7)
        scatter(axes, means, differences)
        _lines(axes, found)
        _trend(axes, found, means)
        axes.set(xlabel=f"Mean of index test and reference, {measured.unit}")
        axes.set(ylabel=f"Index test minus reference, {measured.unit}")
        axes.set_title(heading(assessment, f"Difference of {measured.plural}", found.n))
        _label(axes, found, measured.decimals)
        return save_figure(figure, out, name)


def _lines(axes: Axes, found: DensityAgreement) -> None:
    for line, style in (
        (found.upper_limit, "--"),
        (found.bias, "-"),
        (found.lower_limit, "--"),
    ):
        axes.axhline(line.estimate, ls=style, color=ACCENT, lw=1.2)
        axes.axhspan(line.lower, line.upper, color=ACCENT, alpha=0.13, lw=0)


def _trend(axes: Axes, found: DensityAgreement, means: NDArray[np.float64]) -> None:
    line = found.proportional
    if line is None:
        return
    ends = np.asarray([means.min(), means.max()])
    heights = line.intercept.estimate + line.slope.estimate * ends
    axes.plot(ends, heights, ":", color=INK, lw=1.4, label=f"slope {said(line.slope)}")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))
    axes.legend(loc="upper right")


def _label(axes: Axes, found: DensityAgreement, decimals: int) -> None:
    """Write each line's name and value beside it, apart from one another."""
    named = (
        ("lower limit", found.lower_limit),
        ("bias", found.bias),
        ("upper limit", found.upper_limit),
    )
    low, high = axes.get_ylim()
    places = _apart([(line.estimate - low) / (high - low) for _, line in named])
    for (label, line), place in zip(named, places, strict=True):
        text = f"{label} {said(line, decimals)}".replace(" (", "\n(")
        axes.text(1.015, place, text, transform=axes.transAxes, va="center", fontsize=8)


def _apart(heights: Sequence[float]) -> tuple[float, float, float]:
    """Move the outer two of three heights so far that no label lies on another."""
    low, mid, high = heights
    return min(low, mid - _APART), mid, max(high, mid + _APART)
