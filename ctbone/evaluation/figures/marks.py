"""What the figures share: a colour and a line a target, and points that many patients fit in."""

from __future__ import annotations

from math import sqrt
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.scales import TARGETS, Category
from ctbone.plurals import counted
from ctbone.records import CoarseCategory, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour and line of each target.
_TARGETS: tuple[Category, ...] = (*TARGETS, CoarseCategory.LOW_BONE_MASS)
COLOURS = dict(zip(_TARGETS, (ACCENT, QUIET, INK, ACCENT), strict=True))
LINES = dict(zip(_TARGETS, ("-", ":", "--", "-."), strict=True))

#: As axes write it.
MINUS = "\u2212"

#: Width of one of several panels, and height of a figure of panels, inches.
PANEL_IN = 3.3
HEIGHT_IN = 3.7

#: Bold letters of a title that fit into an inch, and the width of axes that stand alone.
_LETTERS_PER_IN = 10.0
_SINGLE_IN = 4.4


def scatter(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Draw a point a patient: small and faint in a crowd."""
    crowd = sqrt(max(len(x), 30) / 30.0)
    size, opacity = max(16.0 / crowd, 4.0), max(0.75 / crowd, 0.22)
    axes.scatter(x, y, s=size, alpha=opacity, color=INK, linewidths=0.0)


def heading(assessment: Assessment, subject: str, patients: int) -> str:
    """Return a title in two lines or more: what is drawn, and of whom."""
    whom = f"{assessment.name} ({counted(patients, 'patient')})"
    return f"{subject}\n{fill(whom, int(_LETTERS_PER_IN * _SINGLE_IN))}"


def banner(figure: Figure, assessment: Assessment, subject: str) -> None:
    """Write above all panels what is drawn, and of which group."""
    letters = int(_LETTERS_PER_IN * figure.get_figwidth())
    text = fill(f"{subject}: {assessment.name}", letters)
    figure.suptitle(text, fontsize=10, fontweight="bold")


def said(value: Interval | None, decimals: int = 2) -> str:
    """Return an estimate with its limits, as a legend gives it."""
    if value is None:
        return "not given"
    # Rounded first, so that no minus stands before a zero.
    low, mid, high = (round(v, decimals) + 0.0 for v in (value.lower, value.estimate, value.upper))
    text = f"{mid:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"
    return text.replace("-", MINUS)
