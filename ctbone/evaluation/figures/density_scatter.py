"""Reference density over index density, or T-score over T-score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import ACCENT, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import MINUS, heading, said, scatter
from ctbone.evaluation.figures.measurands import DENSITY, Measurand
from ctbone.evaluation.measures.density import DensityAgreement

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_density_scatter(
    assessment: Assessment, out: Path, name: str, *, measured: Measurand = DENSITY
) -> tuple[Path, ...]:
    """Draw the values with the line of identity and that of calibration."""
    found = measured.agreement(assessment)
    if found is None:
        return ()
    index, reference = measured.pairs(assessment.cases)
    both = np.concatenate([index, reference])
    margin = 0.04 * max(float(np.ptp(both)), 1.0)
    ends = np.asarray([both.min() - margin, both.max() + margin])
    with new_figure(5.0, 5.4) as figure:
        axes = figure.add_subplot()
        axes.plot(ends, ends, color=QUIET, lw=1.0, label="identity")
        scatter(axes, index, reference)
        _calibration(axes, found, np.asarray([index.min(), index.max()]), measured.decimals)
        axes.set(xlim=tuple(ends), ylim=tuple(ends), aspect="equal")
        axes.set(
            xlabel=f"Index test, {measured.unit}", ylabel=f"Reference standard, {measured.unit}"
        )
        axes.set_title(heading(assessment, measured.plural.capitalize(), found.n))
        axes.legend(loc="upper left")
        _coefficients(axes, found)
        return save_figure(figure, out, name)


def _calibration(axes: Axes, found: DensityAgreement, ends: np.ndarray, decimals: int) -> None:
    line = found.calibration
    if line is None:
        return
    slope, start = line.slope.estimate, line.intercept.estimate
    sign = "+" if slope >= 0 else MINUS
    label = f"calibration: {start:.{decimals}f} {sign} {abs(slope):.2f} index".replace("-", MINUS)
    axes.plot(ends, start + slope * ends, "--", color=ACCENT, lw=1.5, label=label)


def _coefficients(axes: Axes, found: DensityAgreement) -> None:
    named = (("r", found.r), ("Lin's CCC", found.ccc), ("ICC(2,1)", found.icc))
    text = "\n".join(f"{name} {said(value)}" for name, value in named)
    axes.text(0.98, 0.02, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=8)
