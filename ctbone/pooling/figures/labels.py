"""Names beside points and how wide they are, and numbers along logarithmic axes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: A name longer than this is cut in figures; tables have it whole.
_LONGEST_NAME = 34


def name_points(
    axes: Axes, points: NDArray[np.float64], names: Sequence[str], *, outward: bool = True
) -> None:
    """Write each name beside its point.

    Args:
        axes: With their limits as they will stay.
        points: In units of the axes, shape ``(n, 2)``.
        names: Of the points.
        outward: Whether names stand on the side away from the middle, clear of a cloud, or towards
            it.
    """
    middle = sum(axes.get_xlim()) / 2.0
    for (x, y), name in zip(points, names, strict=True):
        left = (x < middle) == outward
        axes.annotate(
            short(name), (x, y), xytext=(-5 if left else 5, 0), textcoords="offset points",
            ha="right" if left else "left", va="center", fontsize=7, annotation_clip=False,
        )  # fmt: skip


def number_log_axis(axis: Axis) -> None:
    """Write plain numbers along a logarithmic axis whose limits are set.

    The formula that matplotlib would write for a power of ten is no text.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high > 200.0 * low else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def short(name: str) -> str:
    """Cut a name to what a figure has room for."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "\u2026"


def width_in(texts: Iterable[str], size_pt: float) -> float:
    """Return an upper estimate of the width of the longest text, inches.

    An em a letter of East Asia, else the width of the widest common ones of the font.
    """
    widest = max((sum(map(_em, text)) for text in texts), default=0.0)
    return widest * size_pt / 72.0


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.36 if letter in " .,:;()|'/ijl" else 0.78 if letter.isupper() else 0.64
