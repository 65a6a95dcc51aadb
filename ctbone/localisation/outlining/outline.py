"""One vertebral body from a coarse map: its mask, its centre and the way it faces.

The map holds for each voxel the share that lies in a body, so that its surface can be placed to a
fraction of a voxel: at one half of the interpolated share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.localisation.outlining.solids import (
    centroid_mm,
    largest_part,
    lies_in,
    without_holes,
)
from ctbone.records import BodyMask
from ctbone.resampling import sample_onto
from ctbone.volume import Grid

Floats = NDArray[np.float64]

#: Voxel side of a mask, millimetres.
_SPACING_MM = 1.25

#: Voxels of the box that holds a body: 71 mm wide, 56 mm deep and 49 mm high. The widest lumbar
#: bodies are about 55 mm wide, 40 mm deep and 35 mm high (recalled, not verified).
_BOX = (57, 45, 39)

#: Share of a voxel above which it belongs to the body.
_INSIDE = 0.5

#: A body smaller than this is no body, cubic millimetres; T1 measures about 8,000.
_LEAST_MM3 = 2500.0

#: How near the edge of the field a body may come and still be whole, millimetres: more than half
#: a voxel of the map, beyond whose last centre nothing is known.
_MARGIN_MM = 3.0

#: Half the height of the slab whose cross-section says which way a body faces, voxels, 11 mm in
#: all, less than bodies are high; and the voxels that it has to hold. Design choices.
_HALF_SLAB, _LEAST_POINTS = 4, 100

#: A cross-section has to be this much wider than deep to say which way the body faces.
_LEAST_ELONGATION = 1.12

#: How far a body may be turned about its own axis, degrees; beyond that the outline is not
#: trusted, since scoliosis turns the apex by up to about 30 degrees.
_MOST_TURN_DEG = 30.0


@dataclass(frozen=True, eq=False)
class Body:
    """One body on a box of its own.

    Attributes:
        mask: Its voxels.
        centre_mm: Centre of gravity, LPS millimetres, shape ``(3,)``.
        axes: Its own left, posterior and superior, as columns, shape ``(3, 3)``.
    """

    mask: BodyMask
    centre_mm: Floats
    axes: Floats

    def lies_in(self, grid: Grid) -> bool:
        """Say whether all of it lies on a grid, clear of its edges."""
        return lies_in(self.mask, grid, clear_mm=_MARGIN_MM)


def vertebra_body(
    share: NDArray[np.float32],
    affine: Floats,
    *,
    centres: Floats,
    number: int,
    axes: Floats,
) -> Body | None:
    """Cut one body out of the map of all bodies.

    Args:
        share: How much of each voxel lies in a body, from 0 to 1.
        affine: Its voxel index to patient position.
        centres: Centres of all vertebrae from cranial to caudal, shape ``(N, 3)``.
        number: Which of them.
        axes: Its axes, from the curve of the spine.

    Returns:
        The body, with axes that follow its outline; ``None`` if the map shows too little of one.
    """
    box = Grid.about(centres[number], axes, shape=_BOX, spacing_mm=_SPACING_MM)
    fine = sample_onto(share, affine, box, outside=0.0)
    inside = (fine >= _INSIDE) & _nearest_to(number, centres, box)
    inside = without_holes(largest_part(inside))
    if inside.sum() * _SPACING_MM**3 < _LEAST_MM3:
        return None
    mask = BodyMask(inside, box.affine)
    return Body(mask, centroid_mm(mask), _turned(axes, inside))


def _nearest_to(number: int, centres: Floats, box: Grid) -> NDArray[np.bool_]:
    """Say which voxels of a box are nearer to one centre than to those above and below it."""
    near = np.ones(box.shape, dtype=np.bool_)
    i, j, k = np.ogrid[tuple(slice(n) for n in box.shape)]
    for other in (number - 1, number + 1):
        if 0 <= other < len(centres):
            # What is nearer lies on one side of the plane half-way between two centres.
            way = centres[other] - centres[number]
            a, b, c = way @ box.affine[:3, :3]
            reach = way @ (0.5 * (centres[other] + centres[number]) - box.affine[:3, 3])
            near &= a * i + b * j + c * k <= reach
    return near


def _turned(axes: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Turn the axes about superior until left runs along the width of the body."""
    middle = inside.shape[2] // 2
    slab = inside[:, :, middle - _HALF_SLAB : middle + _HALF_SLAB + 1]
    points = np.argwhere(slab)[:, :2].astype(np.float64)
    if len(points) < _LEAST_POINTS:
        return axes
    values, vectors = np.linalg.eigh(np.cov(points.T))
    wide = vectors[:, 1] * np.sign(vectors[0, 1])
    angle = np.arctan2(wide[1], wide[0])
    clear = np.sqrt(values[1] / max(values[0], 1e-6)) >= _LEAST_ELONGATION
    if not clear or abs(np.rad2deg(angle)) > _MOST_TURN_DEG:
        return axes
    left = np.cos(angle) * axes[:, 0] + np.sin(angle) * axes[:, 1]
    return np.stack((left, np.cross(axes[:, 2], left), axes[:, 2]), axis=1)
