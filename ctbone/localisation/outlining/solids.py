"""Bodies as sets of voxels: in one piece, without holes, and within a field of view or not."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from ctbone.records import BodyMask
from ctbone.volume import Grid, to_indices, to_patient

Inside = NDArray[np.bool_]


def largest_part(inside: Inside) -> Inside:
    """Return the largest part whose voxels share faces."""
    parts, count = ndimage.label(inside)
    if count <= 1:
        return inside
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())


def without_holes(inside: Inside) -> Inside:
    """Return a set with everything filled in that no way through faces leads out of.

    What ``scipy.ndimage.binary_fill_holes`` does by growing the outside a voxel at a time is done
    by one labelling of what is not inside: an order of magnitude sooner.
    """
    parts, _ = ndimage.label(np.pad(~inside, 1, constant_values=True))
    return np.asarray(parts[1:-1, 1:-1, 1:-1] != parts[0, 0, 0])


def centroid_mm(mask: BodyMask) -> NDArray[np.float64]:
    """Return the centre of the voxels of a mask that is not empty, LPS millimetres, ``(3,)``."""
    lines = [mask.inside.sum(axis=tuple({0, 1, 2} - {axis})) for axis in range(3)]
    middle = [np.average(np.arange(len(line)), weights=line) for line in lines]
    return np.asarray(to_patient(mask.affine, np.array([middle]))[0])


def lies_in(mask: BodyMask, grid: Grid, *, clear_mm: float) -> bool:
    """Say whether all of a body lies on a grid, clear of its edges.

    Args:
        mask: The body; not empty.
        grid: The field of view.
        clear_mm: How far from the outer faces of the field the middle of every voxel has to stay;
            half a voxel of the field at least.
    """
    return keeps_clear(
        mask, grid, voxels=np.maximum(clear_mm / np.asarray(grid.spacing_mm) - 0.5, 0)
    )


def keeps_clear(mask: BodyMask, grid: Grid, *, voxels: ArrayLike) -> bool:
    """Say whether all of a body lies between the outermost voxel centres of a grid, or further in.

    Args:
        mask: The body; not empty.
        grid: The grid.
        voxels: How much further in, voxels of the grid, along all of its axes or along each.
    """
    margin = np.asarray(voxels)
    last = np.asarray(grid.shape) - 1 - margin

    def fits(voxels: NDArray[np.float64]) -> bool:
        indices = to_indices(grid.affine, to_patient(mask.affine, voxels))
        return bool((indices >= margin).all() and (indices <= last).all())

    # Most bodies lie well inside: the corners of their box say so at once.
    seen = [np.flatnonzero(mask.inside.any(axis=tuple({0, 1, 2} - {a}))) for a in range(3)]
    corners = np.array(list(product(*((one[0], one[-1]) for one in seen))), dtype=np.float64)
    return fits(corners) or fits(_column_ends(mask.inside))


def _column_ends(inside: Inside) -> NDArray[np.float64]:
    """Return the first and last voxel of each column: whatever lies outermost is one of them."""
    columns = np.argwhere(inside.any(axis=2))
    along = inside[columns[:, 0], columns[:, 1]]
    first = along.argmax(axis=1)
    last = along.shape[1] - 1 - along[:, ::-1].argmax(axis=1)
    ends = [np.column_stack((columns, end)) for end in (first, last)]
    return np.concatenate(ends).astype(np.float64)
