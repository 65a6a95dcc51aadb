"""ROC curves with the point at which the decision rule works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.drawing import QUIET, new_figure, save_figure
from ctbone.evaluation.assessment import Assessment, TargetAccuracy
from ctbone.evaluation.figures.marks import COLOURS, LINES, heading
from ctbone.evaluation.measures.roc import roc_curve, scores
from ctbone.evaluation.scales import Category, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_roc(assessment: Assessment, out: Path, name: str) -> tuple[Path, ...]:
    """Draw the curve of every target that has a score."""
    if not any(found.auc for found in assessment.targets.values()):
        return ()
    with new_figure(5.0, 5.2) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=QUIET, lw=0.7)
        for target in assessment.targets:
            _curve(axes, assessment, target)
        axes.plot([], [], "o", color=QUIET, ms=6, label="category given, with its limits")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="1 - specificity", ylabel="Sensitivity")
        axes.set_title(heading(assessment, "ROC", assessment.matrix.total))
        axes.legend(loc="lower right", title="Area under the curve")
        return save_figure(figure, out, name)


def _curve(axes: Axes, assessment: Assessment, target: Category) -> None:
    auc, found = assessment.targets[target].auc, scores(assessment.cases, target)
    if auc is None or found is None:
        return
    # An interval without width would pass for precision.
    reach = f"{auc.lower:.2f} to {auc.upper:.2f}" if auc.lower < auc.upper else "no interval"
    label = f"{spoken(target)}: {auc.estimate:.2f} ({reach})"
    alarms, hits = roc_curve(found)
    axes.plot(alarms, hits, LINES[target], color=COLOURS[target], lw=1.6, label=label)
    _working_point(axes, assessment.targets[target], COLOURS[target])


def _working_point(axes: Axes, found: TargetAccuracy, colour: str) -> None:
    sens, spec = found.accuracy.sensitivity, found.accuracy.specificity
    if sens is None or spec is None:
        return
    x, y = 1.0 - spec.estimate, sens.estimate
    axes.plot([1.0 - spec.upper, 1.0 - spec.lower], [y, y], color=colour, lw=0.8)
    axes.plot([x, x], [sens.lower, sens.upper], color=colour, lw=0.8)
    axes.plot([x], [y], "o", color=colour, ms=6)
