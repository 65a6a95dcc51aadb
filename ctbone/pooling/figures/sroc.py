"""The summary receiver operating characteristic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.plurals import counted
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.plates import Plate
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.sroc import confidence_region, curve, prediction_region
from ctbone.pooling.numerals import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def sroc(analysis: Analysis) -> Plate:
    """Return the figure: studies and summary point, and what the model adds to them."""
    s = analysis.summary
    return Plate(
        name="sroc",
        title="Summary ROC",
        caption=_caption(analysis),
        alt=f"Summary ROC plot of {s.k} tables with the summary point at sensitivity "
        f"{s.sensitivity.estimate:.2f} and specificity {s.specificity.estimate:.2f}.",
        size_in=(5.4, 7.0),
        paint=partial(_paint, analysis=analysis),
    )


def _caption(analysis: Analysis) -> str:
    fit = analysis.summary.fit
    studies = "Circles are studies, their area in proportion to their patients."
    if fit is None:
        why = "The data do not carry the bivariate model, so there are no regions and no curve."
        return f"{studies} {why}"
    regions = (
        "The solid ellipse holds the pooled point, the dashed one the true accuracy of a further "
        "study."
    )
    if analysis.auc is None:
        return f"{studies} {regions} One variance is zero, so there is no curve."
    curved = (
        "The curve (Rutter and Gatsonis, Stat Med 2001;20:2865) is solid over the specificities "
        "that were observed and dotted beyond."
    )
    return f"{studies} {regions} {curved}"


def _paint(figure: Figure, analysis: Analysis) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=QUIET, lw=0.6, zorder=0)
    _studies(axes, analysis)
    if analysis.summary.fit is not None:
        _regions(axes, analysis.summary.fit, analysis.summary.confidence)
        _curve(axes, analysis, analysis.summary.fit)
    sens, spec = analysis.summary.sensitivity, analysis.summary.specificity
    text = f"Pooled sensitivity {sens:.2f},\nspecificity {spec:.2f}"
    axes.plot(1 - spec.estimate, sens.estimate, "s", ms=7, color=ACCENT, label=text, zorder=5)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set(xlabel="1 - specificity", ylabel="Sensitivity")
    title = "Summary ROC"
    axes.set_title(f"{title}: {analysis.target}" if analysis.target else title)
    figure.legend(loc="outside lower center", fontsize=8)


def _studies(axes: Axes, analysis: Analysis) -> None:
    both = [t.table for t in analysis.tables if t.table.diseased and t.table.healthy]
    sizes = np.asarray([t.diseased + t.healthy for t in both], float)
    axes.scatter(
        [t.false_positives / t.healthy for t in both],
        [t.true_positives / t.diseased for t in both],
        # Many studies want smaller circles.
        s=8.0 + min(180.0, 4000.0 / len(both)) * sizes / sizes.max() if both else 8.0,
        facecolor="none",
        edgecolor=INK,
        linewidth=0.8,
        alpha=0.8,
        clip_on=False,
        label=f"{counted(len(both), 'table')}, area by patients",
    )


def _regions(axes: Axes, fit: BivariateFit, confidence: float) -> None:
    inner, outer = confidence_region(fit, confidence), prediction_region(fit, confidence)
    label = f"{level(confidence)} confidence region"
    axes.plot(1 - inner[:, 1], inner[:, 0], color=ACCENT, lw=1.4, label=label)
    label = f"{level(confidence)} prediction region"
    axes.plot(1 - outer[:, 1], outer[:, 0], "--", color="#5d6b7a", lw=1.1, label=label)


def _curve(axes: Axes, analysis: Analysis, fit: BivariateFit) -> None:
    specificity = np.linspace(0.0005, 0.9995, 1000)
    sensitivity = curve(fit, specificity)
    if sensitivity is None or analysis.auc is None:
        return
    seen = [t.table.true_negatives / t.table.healthy for t in analysis.tables if t.table.healthy]
    inside = (specificity >= min(seen)) & (specificity <= max(seen))
    axes.plot(1 - specificity, sensitivity, ":", color=INK, lw=0.9)
    label = f"SROC curve, area {analysis.auc:.2f}"
    observed = np.where(inside, sensitivity, np.nan)
    axes.plot(1 - specificity, observed, color=INK, lw=1.4, label=label)
