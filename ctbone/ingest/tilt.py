"""Gantry tilt: pushing slices straight without skewing what they show.

With a tilted gantry the slices are parallel, but the line through their first voxels is not along
their normal. Taken as a straight grid they would skew the patient. Here each slice keeps its own
plane and is shifted within it by the drift it has gathered, to a fraction of a voxel by linear
interpolation, on a grid that has grown to hold all of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import IrregularGeometry
from ctbone.ingest.geometry import StackGeometry
from ctbone.ingest.plausible import require_plausible_growth
from ctbone.volume import AIR_HU

#: CT gantries tilt by up to 30 degrees; a steeper drift is no gantry tilt.
LARGEST_TILT_DEGREES = 30.0

#: Shifts are rounded to this share of a voxel, so that whole ones stay exact.
_SHIFT_STEP = 1e-6

Voxels = NDArray[np.int16] | NDArray[np.float32]


def straighten(hu: Voxels, geometry: StackGeometry) -> tuple[Voxels, NDArray[np.float64]]:
    """Return tilted slices on a straight grid, and its affine to LPS millimetres.

    What lies outside the scanned field is air.

    Args:
        hu: Slices in the order of ``geometry``, shape ``(K, J, I)``.
        geometry: How they are stacked, evenly spaced.

    Returns:
        Voxels of shape ``(K, J', I')``, of the same type, and the affine of their ``(i, j, k)``.

    Raises:
        IrregularGeometry: If the tilt is steeper than that of any gantry, or the grid would grow
            beyond reason.
    """
    if geometry.tilt_degrees > LARGEST_TILT_DEGREES:
        raise IrregularGeometry(
            f"slices drift by {geometry.tilt_degrees:.1f} degrees against their normal, "
            f"a gantry tilts by at most {LARGEST_TILT_DEGREES:.0f}"
        )
    shifts = _shifts(geometry)
    start = shifts.min(axis=0)
    shifts = np.round((shifts - start) / _SHIFT_STEP) * _SHIFT_STEP
    grown = np.ceil(shifts.max(axis=0)).astype(int)
    count, rows, columns = hu.shape
    require_plausible_growth(rows * columns, int((rows + grown[1]) * (columns + grown[0])))
    straight = np.full((count, rows + grown[1], columns + grown[0]), AIR_HU, dtype=hu.dtype)
    for plane, source, (along_row, along_column) in zip(straight, hu, shifts, strict=True):
        shifted = _shifted(_shifted(source, along_row, axis=1), along_column, axis=0)
        top, left = math.floor(along_column), math.floor(along_row)
        target = plane[top : top + shifted.shape[0], left : left + shifted.shape[1]]
        target[...] = np.rint(shifted) if hu.dtype == np.int16 else shifted
    affine = geometry.affine()
    affine[:3, 3] += geometry.axes[:, :2] @ (start * geometry.in_plane_mm)
    return straight, affine


def _shifts(geometry: StackGeometry) -> NDArray[np.float64]:
    """Return how many voxels each slice is shifted along its rows and columns, ``(K, 2)``."""
    heights_mm = geometry.positions_mm - geometry.positions_mm[0]
    return np.asarray(heights_mm[:, None] * geometry.drift / geometry.in_plane_mm)


def _shifted(plane: NDArray[np.generic], shift: float, *, axis: int) -> NDArray[np.generic]:
    """Shift by what ``shift`` has beyond whole voxels; the plane grows by one if it has."""
    fraction = shift - math.floor(shift)
    if fraction == 0.0:
        return plane
    border = [(1, 1) if a == axis else (0, 0) for a in range(2)]
    padded = np.pad(plane.astype(np.float32), border, constant_values=AIR_HU)
    before = padded[:, :-1] if axis == 1 else padded[:-1]
    after = padded[:, 1:] if axis == 1 else padded[1:]
    return np.asarray(before * np.float32(fraction) + after * np.float32(1.0 - fraction))
