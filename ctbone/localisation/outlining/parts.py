"""From how much of each voxel lies in a vertebra to its masks, its centre and the way it faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.localisation.outlining.body import vertebra_axes
from ctbone.localisation.outlining.solids import centroid_mm, largest_part, without_holes
from ctbone.morphometry import settle_axes
from ctbone.records import BodyMask
from ctbone.resampling import sample_onto
from ctbone.volume import Grid, to_patient

Floats = NDArray[np.float64]
Shares = NDArray[np.float32]
Inside = NDArray[np.bool_]

#: Share of a voxel above which it belongs to a part.
_INSIDE = 0.5

#: Voxels of a mask along each side of a voxel of the map: its surface lies where the interpolated
#: share passes one half, which twice as fine a mask keeps to a third of a millimetre.
_FINER = 2

#: A part smaller than this is none, cubic millimetres: a body of T1 measures about 8,000.
_LEAST_BODY_MM3, _LEAST_ARCH_MM3 = 2500.0, 500.0

#: An arch smaller than this, half torn away or cut off, may lie to one side, cubic millimetres.
_CLEAR_ARCH_MM3 = 4000.0

#: How far body and arch may disagree about posterior before the arch is believed, degrees: the
#: centre of an arch that is cut at the edge of its crop lies some degrees to one side.
_CLEAR_TURN_DEG = 10.0

#: How far a body may be turned about its own axis, degrees; scoliosis turns by up to about 30.
_MOST_TURN_DEG = 30.0


def body_mask(share: Shares, affine: Floats) -> BodyMask | None:
    """Return the body in a map of it, in one piece and without holes; ``None`` without one."""
    inside = without_holes(largest_part(share >= _INSIDE))
    if inside.sum() * abs(np.linalg.det(affine[:3, :3])) < _LEAST_BODY_MM3:
        return None
    # What else the map holds is left out, but for the slope of the surface.
    kept = np.where(ndimage.binary_dilation(inside, iterations=2), share, np.float32(0.0))
    kept[ndimage.binary_erosion(inside)] = 1.0
    grid = _finer_grid(inside, affine)
    fine = sample_onto(kept, affine, grid, outside=0.0) >= _INSIDE
    return BodyMask(largest_part(fine), grid.affine)


def arch_mask(share: Shares, affine: Floats) -> BodyMask | None:
    """Return the arch in a map of it, all pieces of it; ``None`` if there is none.

    It keeps the voxels of the map: nothing is measured in it.
    """
    arch = BodyMask(share >= _INSIDE, affine)
    return arch if arch.volume_mm3 >= _LEAST_ARCH_MM3 else None


def axes_of(body: BodyMask, arch: BodyMask | None, axes: Floats) -> Floats:
    """Return left, posterior and superior of a vertebra, from those of the box that it lies in.

    Superior is the mean normal of the end plates. Posterior lies in the plane in which the body
    mirrors itself, unless the way from the body to its arch is clearly another: a body that is
    nearly round, or worn on one side, mirrors itself in planes that are none.

    Args:
        body: The body.
        arch: Its arch, if one is seen.
        axes: Unit vectors as columns, shape ``(3, 3)``, right to some 25 degrees.
    """
    centre = centroid_mm(body)
    own = settle_axes(body, centroid_mm=centre, axes=axes)
    if arch is None or arch.volume_mm3 < _CLEAR_ARCH_MM3:
        return own
    given = vertebra_axes(own[:, 2], posterior=axes[:, 1])
    turned = vertebra_axes(own[:, 2], posterior=centroid_mm(arch) - centre)
    agree, is_possible = (
        turned[:, 1] @ other[:, 1] >= np.cos(np.deg2rad(limit))
        for other, limit in ((own, _CLEAR_TURN_DEG), (given, _MOST_TURN_DEG))
    )
    return turned if is_possible and not agree else own


def _finer_grid(inside: Inside, affine: Floats) -> Grid:
    """Return a finer lattice about what is inside, one voxel of the map clear of it."""
    where = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {a}))) for a in range(3)]
    first = np.array([ends[0] for ends in where]) - 1.0
    i, j, k = (int(_FINER * (ends[-1] - ends[0] + 3)) for ends in where)
    finer = affine.copy()
    finer[:3, :3] /= _FINER
    finer[:3, 3] = to_patient(affine, (first - 0.5 + 0.5 / _FINER)[None])[0]
    return Grid((i, j, k), finer)
