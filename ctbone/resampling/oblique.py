"""To any grid: another orientation, another field, another spacing, without aliasing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.volume import AIR_HU, CTVolume, Grid, lps_axes, to_indices, to_patient

#: Full width at half maximum of a Gaussian, in standard deviations.
_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))

#: Planes taken at a time, so that what is worked on stays small.
_SLAB = 4

#: A part of an array.
_Box = tuple[slice, slice, slice]


def resample_to(volume: CTVolume, grid: Grid, *, outside: float = AIR_HU) -> CTVolume:
    """Resample onto any grid; every structure stays where it is in the patient.

    ``resample`` is the quicker way where only the spacing changes.

    Args:
        volume: The volume to resample.
        grid: Where the new voxels lie.
        outside: What lies beyond the scanned field, HU.

    Returns:
        A new float32 volume; the input is untouched.
    """
    hu = sample_onto(volume.hu, volume.affine, grid, outside=outside)
    return replace(volume, hu=hu, affine=grid.affine)


def sample_onto(
    values: NDArray[np.generic], affine: NDArray[np.float64], grid: Grid, *, outside: float
) -> NDArray[np.float32]:
    """Interpolate an array trilinearly at the voxels of a grid.

    Where the grid is coarser than the array, the array is first smoothed to the resolution of the
    grid, so that the mean over a region is kept and noise does not alias.

    Args:
        values: Shape ``(I, J, K)``: attenuation in HU, or a mask, which becomes a share.
        affine: Index of ``values`` to patient position, LPS millimetres, shape ``(4, 4)``.
        grid: Where the result lies.
        outside: What lies beyond the array.

    Returns:
        float32, of the grid's shape.
    """
    if values.flags.f_contiguous:
        # Read along memory: the same voxels by other names.
        values, affine = values.T, affine[:, [2, 1, 0, 3]]
    # Written along memory too: the axes of the grid in the order of those of the array.
    order, _ = lps_axes(np.linalg.inv(affine) @ grid.affine)
    i, j, k = (grid.shape[axis] for axis in order)
    onto = Grid((i, j, k), grid.affine[:, [*order, 3]])
    sampled = _sample_along(values, affine, onto, outside=outside)
    return sampled.transpose(np.argsort(order))


def _sample_along(
    values: NDArray[np.generic], affine: NDArray[np.float64], grid: Grid, *, outside: float
) -> NDArray[np.float32]:
    to_index = np.asarray(np.linalg.inv(affine) @ grid.affine, dtype=np.float64)
    sigmas = _smoothing(to_index[:3, :3])
    beyond = _reach(sigmas) + 1
    nowhere = np.zeros(3, dtype=np.int64)
    ends = to_indices(affine, to_patient(grid.affine, _corners(grid.shape, nowhere)))
    source = _box(ends, within=values.shape, margin=beyond)
    # Only the part of the grid that the array reaches is computed; a body mask is a small one.
    edges = to_indices(grid.affine, to_patient(affine, _corners(values.shape, beyond)))
    target = _box(edges, within=grid.shape, margin=nowhere)
    sampled = np.full(grid.shape, outside, dtype=np.float32)
    if source is None or target is None:
        return sampled
    crop = _smooth(values[source].astype(np.float32, order="C"), sigmas)
    first = to_index[:3, :3] @ [cut.start for cut in target] + to_index[:3, 3]
    offset = first - [cut.start for cut in source]
    _interpolate(crop, to_index[:3, :3], offset, outside=outside, into=sampled[target])
    return sampled


def _interpolate(
    crop: NDArray[np.float32],
    step: NDArray[np.float64],
    offset: NDArray[np.float64],
    *,
    outside: float,
    into: NDArray[np.float32],
) -> None:
    """Interpolate at ``offset + step @ index`` for every index of ``into``.

    Torch does it five times as fast as scipy. What it knows of the outside is zero, and it wants
    positions last axis first, from -1 to 1 between the outer faces.
    """
    import torch
    from torch.nn.functional import grid_sample

    crop -= np.float32(outside)
    values = torch.from_numpy(crop)[None, None]
    scale = 2.0 / np.array(crop.shape)
    i, j, k = (
        torch.from_numpy(
            ((step[:, axis] * scale)[::-1] * np.arange(n)[:, None]).astype(np.float32)
        )
        for axis, n in enumerate(into.shape)
    )
    start = torch.from_numpy((((offset + 0.5) * scale)[::-1] - 1.0).astype(np.float32))
    plane = j[:, None] + k[None]
    for number in range(0, len(i), _SLAB):
        positions = start + i[number : number + _SLAB, None, None] + plane
        found = grid_sample(values, positions[None], align_corners=False)[0, 0]
        into[number : number + _SLAB] = found.numpy()
    into += np.float32(outside)


def _smoothing(step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Gaussian along each array axis that widens one voxel to the step of the grid.

    A step of r voxels asks for a full width of sqrt(r^2 - 1) at half maximum, as widths add in
    squares; a grid finer than the array asks for none.
    """
    squares = (step**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 1.0, 0.0)) / _FWHM)


def _reach(sigmas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many voxels a Gaussian reaches: three deviations hold 99.7 % of it."""
    return np.ceil(3.0 * sigmas).astype(np.int64)


def _smooth(crop: NDArray[np.float32], sigmas: NDArray[np.float64]) -> NDArray[np.float32]:
    """Smooth along each axis, within slabs of planes that stay in the processor's cache."""
    first, *within = zip(range(3), sigmas, _reach(sigmas), strict=True)
    for number in range(0, len(crop), _SLAB):
        crop[number : number + _SLAB] = _along(crop[number : number + _SLAB], within)
    return _along(crop, [first])


def _along(
    values: NDArray[np.float32], axes: Sequence[tuple[int, float, int]]
) -> NDArray[np.float32]:
    for axis, sigma, reach in axes:
        if reach > 0:
            values = ndimage.gaussian_filter1d(
                values, sigma, axis, mode="nearest", radius=int(reach)
            )
    return values


def _corners(shape: tuple[int, ...], margin: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the eight corner voxels of an array, moved outwards by a margin."""
    ends = [(-m, n - 1 + m) for n, m in zip(shape, margin, strict=True)]
    return np.array(list(product(*ends)), dtype=np.float64)


def _box(
    points: NDArray[np.float64], *, within: tuple[int, ...], margin: NDArray[np.int64]
) -> _Box | None:
    """Return the part of an array that holds the points and a margin about them, if any."""
    start = np.maximum(np.floor(points.min(axis=0)).astype(np.int64) - margin, 0)
    stop = np.minimum(np.ceil(points.max(axis=0)).astype(np.int64) + margin + 1, within)
    if np.any(start >= stop):
        return None
    i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return i, j, k
