"""Probabilities against what was true, a panel a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import HEIGHT_IN, PANEL_IN, banner, said
from ctbone.evaluation.measures.probabilities import Calibration
from ctbone.evaluation.scales import spoken
from ctbone.plurals import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_calibration(assessment: Assessment, out: Path, name: str) -> tuple[Path, ...]:
    """Draw the bins with their limits, and the logistic recalibration."""
    known = [(t, found) for t, one in assessment.targets.items() if (found := one.calibration)]
    if not known:
        return ()
    with new_figure(max(PANEL_IN * len(known), 4.2), HEIGHT_IN + 1.3) as figure:
        panels = figure.subplots(1, len(known), sharey=True, squeeze=False)[0]
        for axes, (target, found) in zip(panels, known, strict=True):
            _panel(axes, found)
            axes.set_title(f"{spoken(target)}\n{found.events} of {counted(found.n, 'patient')}")
        panels[0].set_ylabel("Share with the category by the reference")
        banner(figure, assessment, "Calibration")
        return save_figure(figure, out, name)


def _panel(axes: Axes, found: Calibration) -> None:
    axes.plot([0, 1], [0, 1], color=QUIET, lw=1.0)
    if found.slope is not None and found.recalibration is not None:
        grid = np.linspace(0.005, 0.995, 199)
        fitted = expit(found.recalibration + found.slope.estimate * logit(grid))
        axes.plot(grid, fitted, "--", color=ACCENT, lw=1.5)
    for part in found.bins:
        x, held = part.predicted, part.observed
        axes.plot([x, x], [held.lower, held.upper], color=INK, lw=0.9)
        size = 12.0 + 150.0 * part.n / found.n
        axes.scatter([x], [held.estimate], s=size, color=INK, alpha=0.8, linewidths=0, zorder=3)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    text = (
        f"Probability\n\nslope {said(found.slope)}\nintercept {said(found.intercept)}\n"
        f"Brier {said(found.brier, 3)}\n"
        f"expected error {found.expected_error:.3f}, {found.bin_count} bins"
    )
    axes.set_xlabel(text)
