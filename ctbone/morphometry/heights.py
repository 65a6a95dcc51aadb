"""Heights of a vertebral body from its surfaces.

Anterior and posterior height are taken just inside the walls, the middle height between them, all
in the midline. Walls are those at mid-height, where no spur grows; a body is narrower there than
at its end plates, so that the wall at mid-height lies below the inner edge of the rim.
"""

from __future__ import annotations

import numpy as np

from ctbone.morphometry.surfaces import Floats, Surfaces
from ctbone.records import Morphometry

#: Where the heights are taken, as shares of the depth at mid-height from its anterior wall. Of a
#: body narrowed there by a tenth and with a posterior wall sunk by 0.07 of its depth, both means
#: of the simulated ones, these are 0.85 of half the depth of its end plates before their middle,
#: the middle, and 0.75 behind it: the sites of ``phantom.anatomy.outline.HEIGHTS_AT``.
SITES = (0.034, 0.538, 0.982)

#: Half the width and half the depth of the patch of end plate that a height is read from,
#: millimetres. A design choice: over it an end plate sinks by less than the error of a mask.
_PATCH_MM = (5.0, 2.0)

#: The least of both as a multiple of the stairs of a mask, so that a patch spans more than one.
_PATCH_STEPS = 1.5

#: Columns of such a patch that are needed: a quarter of it.
_LEAST_COLUMNS = 12

#: How far a patch may reach beyond the walls at mid-height, millimetres: there the rim is round.
_BEYOND_MM = 0.5


def measure_heights(surfaces: Surfaces) -> Morphometry | None:
    """Measure the three heights; ``None`` where the body has no column at one of the sites."""
    front, back = surfaces.walls_mm
    found = [_height(surfaces, front + share * (back - front)) for share in SITES]
    anterior, middle, posterior = found
    if anterior is None or middle is None or posterior is None:
        return None
    return Morphometry(
        height_anterior_mm=anterior, height_middle_mm=middle, height_posterior_mm=posterior
    )


def _height(surfaces: Surfaces, at_mm: float) -> float | None:
    """Return the height at one place of the midline."""
    wide, deep = (max(least, _PATCH_STEPS * surfaces.step_mm) for least in _PATCH_MM)
    left = surfaces.left_mm - surfaces.midline_mm
    back = surfaces.posterior_mm
    front_wall, back_wall = surfaces.walls_mm
    between = (back >= front_wall - _BEYOND_MM) & (back <= back_wall + _BEYOND_MM)
    near = np.ix_(np.abs(left) <= wide, (np.abs(back - at_mm) <= deep) & between)
    heights = (surfaces.upper_mm - surfaces.lower_mm)[near]
    heights = heights[np.isfinite(heights)]
    return _middle_mean(heights) if heights.size >= _LEAST_COLUMNS else None


def _middle_mean(values: Floats) -> float:
    """Return the mean of the middle half: a spur or a hole in the mask does not move it."""
    low, high = np.percentile(values, (25.0, 75.0))
    return float(values[(values >= low) & (values <= high)].mean())
