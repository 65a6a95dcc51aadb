"""Net benefit over thresholds, a panel a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import HEIGHT_IN, PANEL_IN, banner
from ctbone.evaluation.measures.decision_curve import DecisionCurve
from ctbone.evaluation.scales import spoken
from ctbone.plurals import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_decision_curve(assessment: Assessment, out: Path, name: str) -> tuple[Path, ...]:
    """Draw acting on the index test beside acting on everybody and on nobody."""
    known = [(t, found) for t, one in assessment.targets.items() if (found := one.decision_curve)]
    if not known:
        return ()
    with new_figure(max(PANEL_IN * len(known), 4.2), HEIGHT_IN) as figure:
        panels = figure.subplots(1, len(known), squeeze=False)[0]
        for axes, (target, found) in zip(panels, known, strict=True):
            _panel(axes, found)
            axes.set_title(f"{spoken(target)}\n{found.events} of {counted(found.n, 'patient')}")
        panels[0].set_ylabel("Net benefit, true positives a patient")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        banner(figure, assessment, "Decision curves")
        return save_figure(figure, out, name)


def _panel(axes: Axes, found: DecisionCurve) -> None:
    x = [100.0 * point.threshold for point in found.points]
    benefit = [point.net_benefit for point in found.points]
    low, high = [b.lower for b in benefit], [b.upper for b in benefit]
    axes.axhline(0.0, color=QUIET, lw=1.2, label="nobody")
    everybody = [point.treat_all for point in found.points]
    axes.plot(x, everybody, "--", color=INK, lw=1.2, label="everybody")
    axes.fill_between(x, low, high, color=ACCENT, alpha=0.15, lw=0)
    axes.plot(x, [b.estimate for b in benefit], color=ACCENT, lw=1.6, label="index test")
    # Acting on everybody falls out of the picture: what matters lies around the other two.
    top = max(found.events / found.n, *high, 0.02)
    axes.set(xlim=(0, x[-1]), ylim=(-0.25 * top, 1.08 * top))
    axes.set_xlabel("Threshold, % probability")
