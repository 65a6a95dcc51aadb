"""How far the end plates of a body lie inside its outline: dents that an outline smooths over.

An end plate is a thin dense layer between disc and marrow: along a line from disc to marrow the
attenuation rises to a ridge and falls again. Where the ridge lies deeper than the outline, over
the breadth of the middle of the body, the middle of that body is lower than its outline is.

Numbers without a source are design choices, tried on simulated studies (docs/trust.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: What is looked at about the middle: half its width, as a share of the width of the body, and
#: half its depth, millimetres. Wider than twice the usual Schmorl node, which is no fracture.
_HALF_WIDTH_SHARE = 0.33
_HALF_DEPTH_MM = 3.0

#: Standard deviation of the smoothing along the plates and across them, millimetres.
_SMOOTH_MM = (1.2, 1.2, 0.6)

#: How far outside the outline and how far inside it a ridge is looked for, millimetres.
_OUTSIDE_MM, _INSIDE_MM = 2.0, 7.0

#: How far from the top of a ridge its feet are looked for, millimetres: beyond the thickness of
#: an end plate.
_FEET_MM = (1.0, 4.0)

#: How much a ridge rises above both of its feet at least, HU, and above the marrow as a multiple
#: of the standard deviation of that, so that texture and noise make none.
_RISE_HU = 40.0
_RISE_SD = 3.0

#: How much a ridge rises above the marrow at least, as a share of what that rises above the disc.
#: Blurred by a standard deviation of ``s``, a plate before a step has its top inside of it by
#: ``u s``, where the top is ``1 + share = Phi(u) + phi(u) / u`` times the step above the disc
#: (from the derivative of the sum of both): 0.43 s for one half. In dense bone it is further.
_LEAST_SHARE = 0.5

#: How far from either end marrow begins, millimetres.
_MARROW_MM = 8.0

#: Half the thickness of an end plate, millimetres: its surface lies that far beyond its ridge.
#: About 0.6 mm thick (recalled, not verified).
_HALF_PLATE_MM = 0.3

#: A plate nearer to the outline than this lies at it, half a voxel; and shallower than this, both
#: together, a dent is an error of the outline, millimetres.
_AT_OUTLINE_MM = 0.5
_LEAST_MM = 1.0

#: Attenuation beyond these is gas and metal, HU: it moves no ridge.
_TISSUE_HU = (-200.0, 1500.0)


def dents_mm(
    hu: Floats, inside: Mask, *, spacing_mm: tuple[float, float, float], blur_mm: float = 0.0
) -> float:
    """Return by how much the middle of a body is lower than its outline, both plates together.

    Args:
        hu: Attenuation along the body's own left, posterior and superior, shape ``(L, P, S)``,
            with some millimetres about the body.
        inside: Whether a voxel belongs to its outline.
        spacing_mm: Of the voxels.
        blur_mm: How much further than in thin slices the end plates reach, half of what the
            slices are thicker. An outline may miss a plate by all of that.

    Returns:
        Millimetres; 0 where the image shows no end plate well inside the outline.
    """
    sigma = [width / spacing for width, spacing in zip(_SMOOTH_MM, spacing_mm, strict=True)]
    smooth = ndimage.gaussian_filter(np.clip(hu, *_TISSUE_HU), sigma, truncate=3.0)
    middle = _middle(inside, spacing_mm)
    if not middle.any():
        return 0.0
    columns, bodies = smooth[middle], inside[middle]
    found = [_dent_mm(columns[:, ::way], bodies[:, ::way], spacing_mm[2]) for way in (1, -1)]
    total = sum(dent for dent in found if dent > _AT_OUTLINE_MM + 2.0 * blur_mm)
    return total if total >= _LEAST_MM else 0.0


def _middle(inside: Mask, spacing_mm: tuple[float, float, float]) -> Mask:
    """Say which columns run through the middle of both end plates, shape ``(L, P)``."""
    columns: Mask = np.asarray(inside.any(axis=2), dtype=np.bool_)
    if not columns.any():
        return columns
    left, posterior = np.flatnonzero(columns.any(axis=1)), np.flatnonzero(columns.any(axis=0))
    wide = _HALF_WIDTH_SHARE * (left[-1] - left[0] + 1)
    deep = _HALF_DEPTH_MM / spacing_mm[1]
    i, j = np.ogrid[: columns.shape[0], : columns.shape[1]]
    beside = np.abs(i - 0.5 * (left[0] + left[-1])) <= wide
    along = np.abs(j - 0.5 * (posterior[0] + posterior[-1])) <= deep
    return np.asarray(columns & beside & along)


def _dent_mm(columns: Floats, bodies: Mask, step_mm: float) -> float:
    """Return how far inside the outline the lower plate of some columns lies, their median.

    Args:
        columns: Smoothed attenuation from below, shape ``(N, S)``.
        bodies: Whether it belongs to the body.
        step_mm: From one value to the next.
    """
    start = bodies.argmax(axis=1)
    first, last = round(-_OUTSIDE_MM / step_mm), round((_INSIDE_MM + _FEET_MM[1]) / step_mm)
    indices = np.clip(start[:, None] + np.arange(first, last + 1), 0, columns.shape[1] - 1)
    profiles = np.take_along_axis(columns, indices, axis=1)
    sought = round(_INSIDE_MM / step_mm) - first + 1
    top = profiles[:, :sought].argmax(axis=1)
    is_ridge = (top > 0) & (top < sought - 1)
    is_ridge &= _rises(profiles, top, step_mm, _least_top(columns, bodies, step_mm))
    # The outline begins half a voxel before its first; the plate before its ridge.
    depth = (_summits(profiles, top) + first + 0.5) * step_mm - _HALF_PLATE_MM
    # Where no ridge shows nothing speaks against the outline.
    return float(np.median(np.where(is_ridge, depth, 0.0)))


def _summits(profiles: Floats, top: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return where the parabola through each highest value and its neighbours is highest."""
    near = np.clip(top[:, None] + (-1, 0, 1), 0, profiles.shape[1] - 1)
    before, here, after = np.take_along_axis(profiles, near, axis=1).T
    bend = np.minimum(before - 2.0 * here + after, -1e-3)
    return np.asarray(top + np.clip(0.5 * (before - after) / bend, -0.5, 0.5), dtype=np.float64)


def _least_top(columns: Floats, bodies: Mask, step_mm: float) -> float:
    """Return the attenuation that marrow hardly reaches."""
    edge = max(round(_MARROW_MM / step_mm), 1)
    marrow = columns[
        ndimage.binary_erosion(bodies, np.ones((1, 3), dtype=np.bool_), iterations=edge)
    ]
    return float(np.median(marrow) + _RISE_SD * marrow.std()) if marrow.size else np.inf


def _rises(profiles: Floats, top: NDArray[np.intp], step_mm: float, least: float) -> Mask:
    """Say which profiles fall from their top on both sides, and rise above the marrow."""
    near, far = (round(away / step_mm) for away in _FEET_MM)
    places = np.arange(profiles.shape[1]) - top[:, None]
    disc = np.where(places <= -near, profiles, np.inf).min(axis=1)
    marrow = np.where((places >= near) & (places <= far), profiles, np.inf).min(axis=1)
    height = np.take_along_axis(profiles, top[:, None], axis=1)[:, 0]
    is_top = height - marrow >= _LEAST_SHARE * (marrow - disc)
    return np.asarray(is_top & (height > least) & (height - np.maximum(disc, marrow) > _RISE_HU))
