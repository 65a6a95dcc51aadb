"""The texture of trabecular bone, sampled from its block on the voxels of a body."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from ctbone.phantom.anatomy import grain
from ctbone.phantom.bone import Interior

#: Texture of which less than this is left, in standard deviations, is not worth sampling.
_LEAST = 0.04


def sample_texture(
    interior: Interior,
    position: tuple[Tensor, Tensor, Tensor],
    extent_mm: tuple[float, float, float],
) -> Tensor | None:
    """Return the texture at positions in the body's own frame, less its mean.

    Args:
        interior: What the texture is like.
        position: Millimetres from the centre of the body, broadcasting.
        extent_mm: What a voxel averages over along the body's axes.

    Returns:
        Standard deviations; ``None`` where voxels average out all of it.
    """
    steps = grain.averaging(interior, extent_mm)
    block = grain.block(steps)
    if float(block.std()) < _LEAST:
        return None
    matrix, offset = grain.to_cells(interior)
    u, v, w = position
    place = [
        (u * float(a) + v * float(b) + w * float(c) + (float(shift) + 0.5)) % grain.CELLS
        for (a, b, c), shift in zip(matrix, offset, strict=True)
    ]
    return _interpolated(steps, place) - interior.texture_mean


def _interpolated(steps: grain.Steps, place: list[Tensor]) -> Tensor:
    """Interpolate the block at positions in cells from its corner, each within one period."""
    # grid_sample counts its coordinates backwards, from -1 to 1 over the block with its margin.
    scale = 2.0 / (grain.CELLS + 2)
    points = torch.stack([(p + 1.0) * scale - 1.0 for p in reversed(place)], dim=-1)
    block = _padded(steps, str(points.device))
    found = torch.nn.functional.grid_sample(block, points[None], align_corners=False)
    return found[0, 0]


@lru_cache(maxsize=96)
def _padded(steps: grain.Steps, device: str) -> Tensor:
    """Return the block with one cell of its next period on every side."""
    block = torch.tensor(grain.block(steps), device=device)[None, None]
    return torch.nn.functional.pad(block, (1,) * 6, mode="circular")
