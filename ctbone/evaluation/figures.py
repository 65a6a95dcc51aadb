"""The figures of an evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import TARGETS, Assessment
from ctbone.evaluation.density import DensityAgreement, density_pairs
from ctbone.evaluation.roc import roc_curve, scores
from ctbone.evaluation.tabulation import CATEGORIES
from ctbone.interchange.naming import counted
from ctbone.records import BoneCategory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The figures, by the start of their file names.
FIGURES = ("confusion_matrix", "roc", "bland_altman")

_COLOURS = dict(zip(TARGETS, (ACCENT, QUIET, INK), strict=True))
_LINES = dict(zip(TARGETS, ("-", ":", "--"), strict=True))


def draw(assessment: Assessment, out: Path) -> tuple[Path, ...]:
    """Draw every figure that the group carries; return the files, PNG and SVG of each."""
    suffix = "".join(c if c.isalnum() else "_" for c in assessment.name)[:60]
    paths = [*_draw_matrix(assessment, out, f"confusion_matrix_{suffix}")]
    if any(found.auc for found in assessment.targets.values()):
        paths += _draw_roc(assessment, out, f"roc_{suffix}")
    if assessment.density is not None:
        paths += _draw_bland_altman(assessment, out, f"bland_altman_{suffix}")
    return tuple(paths)


def _draw_matrix(assessment: Assessment, out: Path, name: str) -> tuple[Path, Path]:
    matrix = assessment.matrix
    counts = np.column_stack([np.asarray(matrix.counts), np.asarray(matrix.nonevaluable)])
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    with new_figure(5.6, 4.4) as figure:
        axes = figure.add_subplot()
        axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.3, aspect="auto")
        for (row, column), count in np.ndenumerate(counts):
            text = f"{count}\n{shares[row, column]:.0%}" if counts[row].sum() else "0"
            axes.text(column, row, text, ha="center", va="center", fontsize=11)
        axes.axvline(2.5, color="white", lw=6)
        labels = [category.value for category in CATEGORIES]
        axes.set_xticks(range(4), [*labels, "no result"])
        axes.set_yticks(range(3), labels)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set(xlabel="Index test", ylabel="Reference standard")
        axes.set_title(f"Patients: {assessment.name}")
        return save_figure(figure, out, name)


def _draw_roc(assessment: Assessment, out: Path, name: str) -> tuple[Path, Path]:
    with new_figure(5.0, 5.0) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=QUIET, lw=0.7)
        for target in TARGETS:
            _roc(axes, assessment, target)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="1 - specificity", ylabel="Sensitivity")
        axes.set_title(f"ROC: {assessment.name}")
        axes.legend(loc="lower right", title="Area under the curve")
        return save_figure(figure, out, name)


def _roc(axes: Axes, assessment: Assessment, target: BoneCategory) -> None:
    auc, found = assessment.targets[target].auc, scores(assessment.cases, target)
    if auc is None or found is None:
        return
    # An interval without width would pass for precision.
    reach = f"{auc.lower:.2f} to {auc.upper:.2f}" if auc.lower < auc.upper else "no interval"
    label = f"{target.value}: {auc.estimate:.2f} ({reach})"
    alarms, hits = roc_curve(found)
    axes.plot(alarms, hits, _LINES[target], color=_COLOURS[target], lw=1.6, label=label)


def _draw_bland_altman(assessment: Assessment, out: Path, name: str) -> tuple[Path, Path]:
    found = assessment.density
    index, reference = density_pairs(assessment.cases)
    with new_figure(5.8, 4.2) as figure:
        axes = figure.add_subplot()
        axes.axhline(0.0, color=QUIET, lw=0.7)
        axes.scatter((index + reference) / 2.0, index - reference, s=14, color=INK, alpha=0.6)
        if found is not None:
            _limits(axes, found)
        axes.set(xlabel="Mean of index test and reference, mg/cm\u00b3")
        axes.set(ylabel="Index test minus reference, mg/cm\u00b3")
        axes.set_title(f"Density: {assessment.name} ({counted(len(index), 'patient')})")
        return save_figure(figure, out, name)


def _limits(axes: Axes, found: DensityAgreement) -> None:
    heights = {
        "upper limit": found.upper_limit.estimate,
        "bias": found.bias.estimate,
        "lower limit": found.lower_limit.estimate,
    }
    for label, height in heights.items():
        axes.axhline(height, ls="-" if label == "bias" else "--", color=ACCENT, lw=1.2)
        text, where = f"{label}\n{height:.1f}", axes.get_yaxis_transform()
        axes.text(1.01, height, text, transform=where, va="center", fontsize=8)
