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

#: Columns further than this from the parabola through all are left out of the next, millimetres.
#: A design choice: deeper than any mask errs.
_OUTLIER_MM = 3.0

#: How far a patch may reach beyond the walls at mid-height, millimetres: there the rim is round.
_BEYOND_MM = 0.5


def measure_heights(surfaces: Surfaces) -> Morphometry | None:
    """Measure the three heights; ``None`` where the body has no column at one of the sites."""
    place, heights = _midline_columns(surfaces)
    if heights.size < _LEAST_COLUMNS:
        return None
    front, back = surfaces.walls_mm
    deep = max(_PATCH_MM[1], _PATCH_STEPS * surfaces.stairs_mm)
    # Patches at the walls are one-sided: what the whole midline rises by is taken off first.
    trend = _trend(place, heights)
    rest = heights - trend(place)
    found = []
    for share in SITES:
        at_mm = front + share * (back - front)
        near = np.abs(place - at_mm) <= deep
        if near.sum() < _LEAST_COLUMNS:
            return None
        found.append(float(trend(at_mm)) + _middle_mean(rest[near]))
    anterior, middle, posterior = found
    return Morphometry(
        height_anterior_mm=anterior, height_middle_mm=middle, height_posterior_mm=posterior
    )


def _midline_columns(surfaces: Surfaces) -> tuple[Floats, Floats]:
    """Return place along posterior and height of the columns about the midline, millimetres."""
    wide = max(_PATCH_MM[0], _PATCH_STEPS * surfaces.stairs_mm)
    beside = np.abs(surfaces.left_mm - surfaces.midline_mm) <= wide
    front, back = surfaces.walls_mm
    place = surfaces.posterior_mm
    between = (place >= front - _BEYOND_MM) & (place <= back + _BEYOND_MM)
    heights = (surfaces.upper_mm - surfaces.lower_mm)[np.ix_(beside, between)]
    known = np.isfinite(heights)
    return np.broadcast_to(place[between], heights.shape)[known], heights[known]


def _trend(place: Floats, heights: Floats) -> np.polynomial.Polynomial:
    """Return the parabola through most of the columns: spurs and holes are left out of it."""
    first = np.polynomial.Polynomial.fit(place, heights, deg=2)
    kept = np.abs(heights - first(place)) <= _OUTLIER_MM
    if kept.sum() < _LEAST_COLUMNS:
        return first
    return np.polynomial.Polynomial.fit(place[kept], heights[kept], deg=2)


def _middle_mean(values: Floats) -> float:
    """Return the mean of the middle half: a spur or a hole in the mask does not move it."""
    low, high = np.percentile(values, (25.0, 75.0))
    return float(values[(values >= low) & (values <= high)].mean())
