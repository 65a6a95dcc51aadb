"""Names beside points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.figures.texts import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def name_points(axes: Axes, points: NDArray[np.float64], names: Sequence[str]) -> None:
    """Write each name beside its point, on the side where the axes have room.

    Args:
        axes: With their limits as they will stay.
        points: In units of the axes, shape ``(n, 2)``.
        names: Of the points.
    """
    middle = sum(axes.get_xlim()) / 2.0
    for (x, y), name in zip(points, names, strict=True):
        left = x > middle
        axes.annotate(
            short(name), (x, y), xytext=(-6 if left else 6, 3), textcoords="offset points",
            ha="right" if left else "left", fontsize=7, annotation_clip=False,
        )  # fmt: skip
