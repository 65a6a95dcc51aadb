"""What single studies do to the whole: four small plots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.labels import name_points
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.model.likelihood import Array
from ctbone.pooling.model.residuals import Residual

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Influence of single studies"

#: Studies named in one plot, at most; a residual beyond this is named.
_MOST_NAMED, _FAR = 4, 1.96

#: Half the span of an axis of proportions, at least.
_NEAREST = 0.005


def influence(analysis: Analysis) -> Plate | Missing:
    """Return distances, Cook's distances, residuals and pooled values without each study."""
    if analysis.detail is None or not analysis.influence:
        why = (
            "It asks for a bivariate model and for more tables than that needs, to leave one out."
        )
        return Missing(name="influence", title=_TITLE, why=why)
    most = max(analysis.influence, key=lambda one: one.cooks_distance)
    name = analysis.tables[most.index].study
    return Plate(
        name="influence",
        title=_TITLE,
        caption="A: squared Mahalanobis distances of the predicted random effects against "
        "chi\u00b2; on the line they are bivariate normal. B: Cook's distance of the pooled "
        "logits; the line is at 4/k. C: standardised predicted random effects (Skrondal and "
        "Rabe-Hesketh, J R Stat Soc A 2009;172:659); dotted lines are at 1.96. D: pooled values "
        f"without each study; the square is that of all. Most influential: {name} (Cook's "
        f"distance {most.cooks_distance:.2f}).",
        alt=f"Four plots of the influence of single studies; the most influential is {name}.",
        size_in=(8.6, 7.4),
        paint=partial(_paint, analysis=analysis, residuals=analysis.detail.residuals),
    )


def _paint(figure: Figure, analysis: Analysis, residuals: Sequence[Residual]) -> None:
    (first, second), (third, fourth) = figure.subplots(2, 2)
    _distances(first, residuals)
    _cook(second, analysis)
    _residuals(third, analysis, residuals)
    _without(fourth, analysis)
    title = f"{_TITLE}: {analysis.target}" if analysis.target else _TITLE
    figure.suptitle(title, fontweight="bold", fontsize=10)


def _distances(axes: Axes, residuals: Sequence[Residual]) -> None:
    axes.set_title("A. Bivariate normality", loc="left")
    axes.set(xlabel="Quantile of chi\u00b2", ylabel="Squared Mahalanobis distance")
    known = [r for r in residuals if r.distance is not None]
    if not known:
        _say(axes, "No variance between studies:\nthere are no random effects.")
        return
    distances = np.sort([r.distance for r in known if r.distance is not None])
    shares = (np.arange(len(known)) + 0.5) / len(known)
    quantiles = chi2.ppf(shares, max(r.df for r in known))
    end = 1.06 * float(max(distances[-1], quantiles[-1]))
    axes.plot([0.0, end], [0.0, end], color=QUIET, lw=0.9)
    axes.scatter(quantiles, distances, s=20, facecolor="none", edgecolor=INK, linewidth=0.9)
    axes.set(xlim=(0.0, end), ylim=(0.0, end))


def _cook(axes: Axes, analysis: Analysis) -> None:
    values = np.asarray([one.cooks_distance for one in analysis.influence])
    numbers = np.arange(1, len(values) + 1)
    limit = 4.0 / len(values)
    axes.vlines(numbers, 0.0, values, color=INK, lw=1.3)
    axes.axhline(limit, color=ACCENT, lw=0.9, ls="--")
    axes.set_title("B. Cook's distance", loc="left")
    axes.set(xlabel="Study, in the order of the table", ylabel="Cook's distance")
    axes.set(xlim=(0.0, len(values) + 1.0), ylim=(0.0, 1.15 * max(float(values.max()), limit)))
    far = [i for i in np.argsort(-values)[:_MOST_NAMED] if values[i] > limit]
    names = [analysis.tables[analysis.influence[i].index].study for i in far]
    name_points(
        axes, np.stack((numbers[far], values[far]), -1).reshape(-1, 2), names, outward=False
    )


def _residuals(axes: Axes, analysis: Analysis, residuals: Sequence[Residual]) -> None:
    axes.set_title("C. Standardised residuals", loc="left")
    axes.set(xlabel="Specificity", ylabel="Sensitivity")
    known = [
        (r.index, r.specificity, r.sensitivity)
        for r in residuals
        if r.specificity is not None and r.sensitivity is not None
    ]
    if not known:
        _say(axes, "One margin has no variance\nbetween studies.")
        return
    points = np.asarray([row[1:] for row in known], float)
    reach = max(2.6, 1.15 * float(np.abs(points).max()))
    for line in (-_FAR, _FAR):
        axes.axhline(line, color=QUIET, lw=0.8, ls=":")
        axes.axvline(line, color=QUIET, lw=0.8, ls=":")
    axes.scatter(points[:, 0], points[:, 1], s=20, facecolor="none", edgecolor=INK, linewidth=0.9)
    axes.set(xlim=(-1.9 * reach, 1.9 * reach), ylim=(-reach, reach))
    extent = np.abs(points).max(1)
    far = [i for i in np.argsort(-extent)[:_MOST_NAMED] if extent[i] > _FAR]
    name_points(axes, points[far], [analysis.tables[known[i][0]].study for i in far])


def _without(axes: Axes, analysis: Analysis) -> None:
    s, found = analysis.summary, [one for one in analysis.influence if one.has_converged]
    points: Array = np.asarray([(o.specificity, o.sensitivity) for o in found]).reshape(-1, 2)
    centre = np.asarray([s.specificity.estimate, s.sensitivity.estimate])
    axes.scatter(points[:, 0], points[:, 1], s=20, facecolor="none", edgecolor=INK, linewidth=0.9)
    if s.model == "exact":
        # Of another model the studies are left out of the exact one, whose centre is not here.
        axes.plot(*centre, "s", color=ACCENT, ms=6.5)
        points = np.vstack((points, centre))
    _frame(axes, points)
    axes.locator_params(axis="x", nbins=4)
    axes.set_title("D. Pooled values without each study", loc="left")
    axes.set(xlabel="Specificity", ylabel="Sensitivity")
    moved = np.abs((points - centre) / np.ptp(points, 0).clip(1e-12)).max(1)
    far = np.argsort(-moved)[:_MOST_NAMED]
    name_points(axes, points[far], [analysis.tables[found[i].index].study for i in far])


def _frame(axes: Axes, points: Array) -> None:
    """Set limits with room for names at the sides, and never so near that rounding shows."""
    middle = (points.max(0) + points.min(0)) / 2.0
    reach = np.maximum(np.ptp(points, 0) / 2.0, _NEAREST) * (2.1, 1.15)
    low, high = middle - reach, middle + reach
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")
    axes.set_xticks([])
    axes.set_yticks([])
