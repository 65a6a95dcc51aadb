"""To another spacing on the same axes, without aliasing.

Along an axis that gets coarser, the values are averaged with a triangle as wide as two new voxels,
so that noise does not fold into the result and a region keeps its mean; along one that gets finer
they are interpolated linearly. The choice moves texture, so it is part of what a network learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.volume import CTVolume

if TYPE_CHECKING:
    import torch

#: Slices taken at a time: small enough that they stay in the processor's cache between steps.
_SLAB = 4


def resample(volume: CTVolume, *, spacing_mm: Sequence[float]) -> CTVolume:
    """Resample to another spacing, keeping orientation and the outer corner of the first voxel.

    Args:
        volume: The volume to resample.
        spacing_mm: Distance between voxel centres along each array axis, millimetres; exact in
            the result. What remains of the extent beyond the last whole voxel is dropped.

    Returns:
        A new float32 volume; the input is untouched.

    Raises:
        ValueError: If the spacing is not three positive lengths.
    """
    if len(spacing_mm) != 3 or not all(0.0 < s < np.inf for s in spacing_mm):
        raise ValueError(f"spacing_mm must be three positive lengths, got {spacing_mm}")
    ratios = np.asarray(spacing_mm, float) / volume.spacing_mm
    # The work runs along memory: slowest axis first, whatever the axes mean in the patient.
    order = np.argsort([-abs(stride) for stride in volume.hu.strides], kind="stable")
    resampled = _separable(volume.hu.transpose(order), ratios[order])
    hu = resampled.transpose(np.argsort(order))
    return replace(volume, hu=hu, affine=_coarsened(volume.affine, ratios))


def _coarsened(affine: NDArray[np.float64], ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale the axes; the outer corner of voxel (0, 0, 0) stays where it is."""
    scaled = affine.copy()
    scaled[:3, :3] *= ratios
    scaled[:3, 3] += affine[:3, :3] @ (0.5 * ratios - 0.5)
    return scaled


def _separable(
    values: NDArray[np.int16] | NDArray[np.float32], ratios: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Resample within the planes of the first axis, slab by slab, then across them."""
    import torch

    slow, *plane = (float(1.0 / ratio) for ratio in ratios)
    # One buffer for all slabs: fresh memory a slab would cost more in page faults than the work.
    buffer = torch.empty((min(_SLAB, len(values)), *values.shape[1:]))
    slabs = []
    for first in range(0, len(values), _SLAB):
        slab = values[first : first + _SLAB]
        np.copyto(buffer[: len(slab)].numpy(), slab)
        found = _antialiased(buffer[None, : len(slab)], plane)[0]
        # What comes back unchanged is the buffer itself, which the next slab overwrites.
        slabs.append(found.clone() if plane == [1.0, 1.0] else found)
    planes = torch.cat(slabs)
    flat = _antialiased(planes.reshape(1, 1, len(values), -1), [slow, 1.0])
    return np.asarray(flat.reshape(-1, *planes.shape[1:]).numpy(), dtype=np.float32)


def _antialiased(images: torch.Tensor, scales: list[float]) -> torch.Tensor:
    """Resample ``(N, C, H, W)`` by the given factors, never to less than one voxel."""
    for axis, scale in enumerate(scales, start=2):
        if scale > 1.0:
            images = _refined(images, axis, scale)
    coarser = [min(scale, 1.0) for scale in scales]
    return images if coarser == [1.0, 1.0] else _coarser(images, coarser)


def _coarser(images: torch.Tensor, scales: list[float]) -> torch.Tensor:
    from torch.nn.functional import interpolate

    # A hair more than the exact factor, so that 10 voxels at a ratio of 2 give 5 and not 4.
    sizes = images.shape[2:]
    exact = [max(s, 1.0 / n) * (1.0 + 1e-9) for s, n in zip(scales, sizes, strict=True)]
    return interpolate(
        images,
        scale_factor=exact,
        mode="bilinear",
        antialias=True,
        align_corners=False,
        recompute_scale_factor=False,
    )


def _refined(images: torch.Tensor, axis: int, scale: float) -> torch.Tensor:
    """Interpolate one axis linearly.

    Not by ``interpolate``, which leaves an axis alone when the rounded size comes out the same,
    although the spacing does not.
    """
    import torch

    size = images.shape[axis]
    count = int(size * scale * (1.0 + 1e-9))
    position = ((torch.arange(count, dtype=torch.float64) + 0.5) / scale - 0.5).clamp(0, size - 1)
    below = position.floor().long()
    share = (position - below).to(images.dtype)
    shape = [-1 if dimension == axis else 1 for dimension in range(images.ndim)]
    lower = images.index_select(axis, below)
    upper = images.index_select(axis, (below + 1).clamp(max=size - 1))
    return lower.lerp(upper, share.reshape(shape))
