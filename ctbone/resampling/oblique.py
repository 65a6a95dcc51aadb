"""To any grid: another orientation, another field, another spacing, without aliasing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.volume import AIR_HU, CTVolume, Grid, to_indices, to_patient

#: Full width at half maximum of a Gaussian, in standard deviations.
_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))

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
    sampled[target] = ndimage.affine_transform(
        np.pad(crop, 1, constant_values=outside),
        to_index[:3, :3],
        offset=first - [cut.start - 1 for cut in source],
        output_shape=sampled[target].shape,
        order=1,
        mode="constant",
        cval=outside,
    )
    return sampled


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
    for axis, (sigma, reach) in enumerate(zip(sigmas, _reach(sigmas), strict=True)):
        if reach > 0:
            crop = ndimage.gaussian_filter1d(crop, sigma, axis, mode="nearest", radius=int(reach))
    return crop


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
