"""Sensitivity and specificity over the cut-off of the index test, a panel a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.drawing import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import HEIGHT_IN, PANEL_IN, banner
from ctbone.evaluation.measures.cutoffs import CutoffSweep
from ctbone.evaluation.scales import Category, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNITS = {
    "p_normal": "Cut-off, probability of normal",
    "p_osteopenia": "Cut-off, probability of osteopenia",
    "p_osteoporosis": "Cut-off, probability of osteoporosis",
    "bmd_mg_cm3": "Cut-off, mg/cm\u00b3",
    "trabecular_hu": "Cut-off, HU",
    "t_score": "Cut-off, T-score",
}


def draw_cutoffs(assessment: Assessment, out: Path, name: str) -> tuple[Path, ...]:
    """Draw what moving the cut-off does, with the cut-off of the rule."""
    known = [(t, found) for t, one in assessment.targets.items() if (found := one.cutoffs)]
    if not known:
        return ()
    with new_figure(max(PANEL_IN * len(known), 4.2), HEIGHT_IN) as figure:
        panels = figure.subplots(1, len(known), sharey=True, squeeze=False)[0]
        for axes, (target, found) in zip(panels, known, strict=True):
            _panel(axes, found, target)
        panels[0].set_ylabel("Share of patients")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        banner(figure, assessment, "Other cut-offs")
        return save_figure(figure, out, name)


def _panel(axes: Axes, found: CutoffSweep, target: Category) -> None:
    for name, colour, style in (("sensitivity", ACCENT, "-"), ("specificity", INK, "--")):
        rows = [(row.cut_off, held) for row in found.rows if (held := getattr(row, name))]
        x = [cut_off for cut_off, _ in rows]
        low, high = [held.lower for _, held in rows], [held.upper for _, held in rows]
        axes.fill_between(x, low, high, color=colour, alpha=0.13, lw=0)
        axes.plot(x, [held.estimate for _, held in rows], style, color=colour, lw=1.6, label=name)
    if found.rule_cut_off is not None:
        axes.axvline(found.rule_cut_off, color=QUIET, lw=1.0)
    side = "above" if found.is_above else "below"
    axes.set(ylim=(-0.02, 1.02), xlabel=_UNITS[found.quantity])
    rule = f", {found.rule_cut_off:g} by the rule" if found.rule_cut_off is not None else ""
    axes.set_title(f"{spoken(target)}\n{side} the cut-off{rule}")
