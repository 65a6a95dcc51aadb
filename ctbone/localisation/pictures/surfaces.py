"""Sections through a curved spine that keep every length: planes bent along it, then unrolled.

A sagittal section is ruled by the patient's anterior-posterior direction along the curve of the
spine as seen from the front; a coronal one by left-right along the curve as seen from the side.
Such a surface unrolls without stretching, so that a millimetre down the picture is a millimetre
along the curve, and one across it a millimetre in the patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.records import VertebraLocalisation
from ctbone.volume import AIR_HU, CTVolume, to_indices, to_patient

Floats = NDArray[np.float64]

#: Patient axis that a section runs along: what a radiologist calls it is its view.
SAGITTAL, CORONAL = 1, 0

#: How far sections reach beyond the outermost centres, up and down, millimetres.
_BEYOND_MM = 40.0

#: How far they may reach to either side of the spine: the picture is of bone, not of the arms.
_BESIDE_MM = 95.0

#: Kinks of the line through the centres are rounded over this length, millimetres.
_ROUNDING_MM = 4.0

#: Half the thickness over which a section is averaged, millimetres: it calms noise, and is thin
#: beside a vertebral body.
_HALF_THICKNESS_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """One bent section.

    Attributes:
        across: Patient axis that runs to the right of the picture: ``SAGITTAL`` or ``CORONAL``.
        curve: Points a millimetre apart in height, from the top down, LPS mm, shape ``(N, 3)``.
        along_mm: Way along the curve to each, as the section sees it, shape ``(N,)``.
        low_mm: Patient coordinate of the left edge.
        width_mm: From the left edge to the right.
    """

    across: int
    curve: Floats
    along_mm: Floats
    low_mm: float
    width_mm: float

    @property
    def length_mm(self) -> float:
        """From the top to the bottom, along the curve."""
        return float(self.along_mm[-1])

    def positions(self, rows_mm: Floats, columns_mm: Floats) -> Floats:
        """Return where points of the section lie, LPS mm, shape ``(rows, columns, 3)``."""
        found = np.empty((rows_mm.size, columns_mm.size, 3))
        for axis in range(3):
            found[..., axis] = np.interp(rows_mm, self.along_mm, self.curve[:, axis])[:, None]
        found[..., self.across] = self.low_mm + columns_mm
        return found

    def place(self, position_mm: Sequence[float]) -> tuple[float, float]:
        """Return how far down and across the section a point is shown, millimetres."""
        rising = self.curve[::-1, 2]
        down = float(np.interp(position_mm[2], rising, self.along_mm[::-1]))
        return down, position_mm[self.across] - self.low_mm


def bend(volume: CTVolume, vertebrae: Sequence[VertebraLocalisation], *, across: int) -> Surface:
    """Return the section through the centres of the vertebrae, or the middle of the volume."""
    low, high = field_of_view(volume)
    centres = np.array([v.centroid_mm for v in vertebrae]).reshape(-1, 3)
    middle = (low + high) / 2.0
    if len(centres):
        middle = (centres.min(axis=0) + centres.max(axis=0)) / 2.0
        low[2] = max(low[2], centres[:, 2].min() - _BEYOND_MM)
        high[2] = min(high[2], centres[:, 2].max() + _BEYOND_MM)
        reach = middle + np.array([[-_BESIDE_MM], [_BESIDE_MM]])
        low[:2], high[:2] = np.maximum(low, reach[0])[:2], np.minimum(high, reach[1])[:2]
    curve = _curve(centres if len(centres) else middle[None], high[2], low[2])
    steps = np.diff(curve, axis=0)
    steps[:, across] = 0.0
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(steps, axis=1))))
    return Surface(across, curve, along, float(low[across]), float((high - low)[across]))


def narrowed(surface: Surface, width_mm: float, *, about_mm: float) -> Surface:
    """Return a section no wider than ``width_mm``, as nearly about a coordinate as it can be."""
    width = min(width_mm, surface.width_mm)
    spare = surface.width_mm - width
    start = surface.low_mm + float(np.clip(about_mm - width / 2.0 - surface.low_mm, 0.0, spare))
    return Surface(surface.across, surface.curve, surface.along_mm, start, width)


def field_of_view(volume: CTVolume) -> tuple[Floats, Floats]:
    """Return the ends of the scanned field along left, posterior and superior, millimetres."""
    edges = ((-0.5, n - 0.5) for n in volume.hu.shape)
    positions = to_patient(volume.affine, np.array(list(product(*edges))))
    return positions.min(axis=0), positions.max(axis=0)


def sample(volume: CTVolume, surface: Surface, rows_mm: Floats, columns_mm: Floats) -> Floats:
    """Return the attenuation on a thin slab about a section, shape ``(rows, columns)``."""
    positions = surface.positions(rows_mm, columns_mm)
    across = np.zeros(3)
    across[1 - surface.across] = _HALF_THICKNESS_MM
    slab = [interpolate(volume.hu, volume.affine, positions + n * across) for n in (-1, 0, 1)]
    return np.asarray(np.mean(slab, axis=0))


def interpolate(
    values: NDArray[np.int16] | NDArray[np.float32] | NDArray[np.bool_],
    affine: Floats,
    positions: Floats,
    *,
    outside: float = AIR_HU,
) -> NDArray[np.float32]:
    """Interpolate an array trilinearly at positions of any shape ``(..., 3)``, LPS mm."""
    indices = to_indices(affine, positions.reshape(-1, 3)).T
    found: NDArray[np.float32] = ndimage.map_coordinates(
        values, indices, output=np.float32, order=1, mode="grid-constant", cval=outside
    )
    return found.reshape(positions.shape[:-1])


def _curve(centres: Floats, top: float, bottom: float) -> Floats:
    """Return the line through centres, upright beyond them, a point a millimetre of height."""
    heights = np.linspace(top, bottom, max(2, round(top - bottom) + 1))
    order = np.argsort(centres[:, 2])
    curve = np.stack([np.interp(heights, *centres[order][:, [2, axis]].T) for axis in (0, 1, 2)])
    curve[2] = heights
    step = (top - bottom) / (heights.size - 1)
    curve[:2] = ndimage.gaussian_filter1d(curve[:2], _ROUNDING_MM / step, axis=1, mode="nearest")
    return curve.T
