"""The figures of an evaluation, one module each; every one as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.bland_altman import draw_bland_altman
from ctbone.evaluation.figures.calibration import draw_calibration
from ctbone.evaluation.figures.confusion import draw_matrix
from ctbone.evaluation.figures.cutoffs import draw_cutoffs
from ctbone.evaluation.figures.decision_curve import draw_decision_curve
from ctbone.evaluation.figures.density_scatter import draw_density_scatter
from ctbone.evaluation.figures.measurands import T_SCORE
from ctbone.evaluation.figures.roc import draw_roc
from ctbone.interchange.naming import file_names

#: What draws a figure: nothing where the group does not carry it.
Drawing = Callable[[Assessment, Path, str], tuple[Path, ...]]

_DRAWINGS: Mapping[str, Drawing] = MappingProxyType(
    {
        "confusion_matrix": draw_matrix,
        "roc": draw_roc,
        "bland_altman": draw_bland_altman,
        "density_scatter": draw_density_scatter,
        "t_score_bland_altman": partial(draw_bland_altman, measured=T_SCORE),
        "t_score_scatter": partial(draw_density_scatter, measured=T_SCORE),
        "calibration": draw_calibration,
        "decision_curve": draw_decision_curve,
        "cutoffs": draw_cutoffs,
    }
)

#: The figures, by the start of their file names.
FIGURES = tuple(_DRAWINGS)


def draw(assessment: Assessment, out: Path) -> tuple[Path, ...]:
    """Draw every figure that the group carries; return the files, PNG and SVG of each."""
    suffix = file_names([assessment.name])[assessment.name]
    drawn = (drawing(assessment, out, f"{name}_{suffix}") for name, drawing in _DRAWINGS.items())
    return tuple(path for paths in drawn for path in paths)
