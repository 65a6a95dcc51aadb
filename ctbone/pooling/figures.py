"""The figures of a meta-analysis of diagnostic accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.interchange.naming import counted
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.intervals import exact
from ctbone.pooling.sroc import confidence_region, curve, prediction_region
from ctbone.records import ContingencyTable, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The figures, by the start of their file names.
FIGURES = ("sroc", "forest", "fagan")

#: A name longer than this is cut in the forest plot; pooling.json has it whole.
_LONGEST_NAME = 34


def draw(analysis: Analysis, out: Path, *, suffix: str = "") -> tuple[Path, ...]:
    """Draw every figure that the analysis carries; return the files, PNG and SVG of each.

    Args:
        analysis: What the figures show.
        out: Folder for the files.
        suffix: What sets the files of this target apart from those of others.
    """
    sroc, forest, fagan = (f"{name}_{suffix}" if suffix else name for name in FIGURES)
    paths = [*_draw_sroc(analysis, out, sroc), *_draw_forest(analysis, out, forest)]
    if analysis.fagan:
        paths += _draw_fagan(analysis, out, fagan)
    return tuple(paths)


def _title(analysis: Analysis, what: str) -> str:
    return f"{what}: {analysis.target}" if analysis.target else what


def _draw_sroc(analysis: Analysis, out: Path, name: str) -> tuple[Path, Path]:
    with new_figure(5.4, 5.4) as figure:
        axes = figure.add_subplot()
        _studies(axes, analysis)
        if analysis.summary.fit is not None:
            _model(axes, analysis)
        sens, spec = analysis.summary.sensitivity, analysis.summary.specificity
        text = f"Summary: {_percent(sens)} sensitivity,\n{_percent(spec)} specificity"
        axes.plot(1 - spec.estimate, sens.estimate, "s", ms=8, color=ACCENT, label=text, zorder=5)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="1 - specificity", ylabel="Sensitivity")
        axes.set_title(_title(analysis, "Summary ROC"))
        axes.legend(loc="lower right")
        return save_figure(figure, out, name)


def _percent(value: Interval) -> str:
    return f"{value.estimate:.2f} ({value.lower:.2f} to {value.upper:.2f})"


def _studies(axes: Axes, analysis: Analysis) -> None:
    both = [t.table for t in analysis.tables if t.table.diseased and t.table.healthy]
    sizes = np.asarray([t.diseased + t.healthy for t in both], float)
    axes.scatter(
        [t.false_positives / t.healthy for t in both],
        [t.true_positives / t.diseased for t in both],
        s=12.0 + 130.0 * sizes / sizes.max() if both else 12.0,
        facecolor="none",
        edgecolor=INK,
        linewidth=0.8,
        alpha=0.8,
        label=f"{counted(len(both), 'table')}, area by patients",
    )


def _model(axes: Axes, analysis: Analysis) -> None:
    fit, level = analysis.summary.fit, analysis.summary.confidence
    if fit is None:
        return
    inner = confidence_region(fit, level)
    outer = prediction_region(fit, level)
    axes.plot(
        1 - inner[:, 1], inner[:, 0], color=ACCENT, label=f"{100 * level:g}% confidence region"
    )
    label = f"{100 * level:g}% prediction region"
    axes.plot(1 - outer[:, 1], outer[:, 0], "--", color=QUIET, label=label)
    specificity = np.linspace(0.0005, 0.9995, 1000)
    sensitivity = curve(fit, specificity)
    if sensitivity is not None and analysis.auc is not None:
        label = f"SROC curve, AUC {_percent(analysis.auc)}"
        axes.plot(1 - specificity, sensitivity, color=INK, lw=1.2, label=label)


def _draw_forest(analysis: Analysis, out: Path, name: str) -> tuple[Path, Path]:
    k = len(analysis.tables)
    with new_figure(9.6, 1.6 + 0.23 * (k + 2)) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, margin in ((left, 0), (right, 1)):
            _forest(axes, analysis, margin)
        left.set_yticks(range(k + 1))
        names = [_short(table.study) for table in analysis.tables]
        left.set_yticklabels([*names, "Summary"])
        left.get_yticklabels()[-1].set_fontweight("bold")
        left.set_ylim(k + 0.7, -0.7)
        figure.suptitle(_title(analysis, "Sensitivity and specificity"), fontweight="bold")
        return save_figure(figure, out, name)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "\u2026"


def _forest(axes: Axes, analysis: Analysis, margin: int) -> None:
    for row, item in enumerate(analysis.tables):
        events, total = _fraction(item.table, margin)
        if total:
            _study(axes, row, exact(events, total, analysis.summary.confidence), (events, total))
    pooled = (analysis.summary.sensitivity, analysis.summary.specificity)[margin]
    row = len(analysis.tables)
    xs = [pooled.lower, pooled.estimate, pooled.upper, pooled.estimate]
    axes.fill(xs, [row, row - 0.3, row, row + 0.3], color=ACCENT)
    _numbers(axes, row, _percent(pooled))
    axes.axvline(pooled.estimate, color=ACCENT, lw=0.7, ls=":", zorder=0)
    axes.axhline(row - 0.5, color=QUIET, lw=0.6)
    axes.set(xlim=(-0.02, 1.02), title=("Sensitivity", "Specificity")[margin])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _fraction(table: ContingencyTable, margin: int) -> tuple[int, int]:
    if margin == 0:
        return table.true_positives, table.diseased
    return table.true_negatives, table.healthy


def _study(axes: Axes, row: int, value: Interval, counts: tuple[int, int]) -> None:
    axes.plot([value.lower, value.upper], [row, row], color=INK, lw=1.0)
    axes.plot(value.estimate, row, "s", ms=4.5, color=INK)
    _numbers(axes, row, f"{_percent(value)}  {counts[0]}/{counts[1]}")


def _numbers(axes: Axes, row: int, text: str) -> None:
    where = axes.get_yaxis_transform()
    axes.text(1.03, row, text, transform=where, va="center", fontsize=7.5)


def _draw_fagan(analysis: Analysis, out: Path, name: str) -> tuple[Path, Path]:
    step = analysis.fagan[0]
    with new_figure(5.0, 6.4) as figure:
        axes = figure.add_subplot()
        _fagan_axes(axes)
        start = -float(logit(step.prior))
        for after, style, colour in ((step.positive, "-", ACCENT), (step.negative, "--", INK)):
            end = float(logit(after.estimate))
            sign = "Positive" if after is step.positive else "Negative"
            label = f"{sign} test: {after.estimate:.0%} ({after.lower:.0%} to {after.upper:.0%})"
            axes.plot([0, 1], [start, end], style, color=colour, lw=1.6, label=label)
        axes.set_title(_title(analysis, f"Fagan, {step.prior:.0%} before the test"))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01))
        return save_figure(figure, out, name)


def _fagan_axes(axes: Axes) -> None:
    """Draw the three scales: odds before, upside down; likelihood ratio, halved; odds after."""
    percents = np.asarray([0.1, 0.5, 1, 2, 5, 10, 20, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.9])
    ratios = np.asarray([0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000])
    odds = logit(percents / 100.0)
    for x, heights, labels in ((0.0, -odds, percents), (1.0, odds, percents)):
        _scale(axes, x, heights, [f"{p:g}" for p in labels], outward=-1 if x == 0.0 else 1)
    _scale(axes, 0.5, np.log(ratios) / 2.0, [f"{r:g}" for r in ratios], outward=1)
    heads = ((0.0, "Before\nthe test, %"), (0.5, "Likelihood\nratio"), (1.0, "After\nthe test, %"))
    for x, text in heads:
        axes.text(x, 7.4, text, ha="center", va="bottom", fontweight="bold")
    axes.set(xlim=(-0.2, 1.2), ylim=(-7.3, 8.6))
    axes.set_axis_off()


def _scale(axes: Axes, x: float, heights: np.ndarray, labels: list[str], *, outward: int) -> None:
    axes.plot([x, x], [heights.min(), heights.max()], color=INK, lw=1.0)
    side = "left" if outward > 0 else "right"
    for height, label in zip(heights, labels, strict=True):
        axes.plot([x, x + 0.015 * outward], [height, height], color=INK, lw=0.8)
        # A white ground keeps a label legible where a line passes under it.
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        where = x + 0.03 * outward
        axes.text(where, height, label, ha=side, va="center", fontsize=7.5, bbox=ground, zorder=4)
