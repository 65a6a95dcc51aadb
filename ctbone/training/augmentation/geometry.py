"""Where a patch lies: localisation errs, axes err, and left may be right."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws


def move(
    planes: Tensor,
    body: Tensor,
    config: Augmentation,
    spacing_mm: tuple[float, float, float],
    draws: Draws,
) -> tuple[Tensor, Tensor]:
    """Shift, turn and mirror patches about their middle, in one trilinear sampling.

    What comes from beyond the patch repeats its edge. Attenuation is not scaled.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        body: The share of a voxel inside the body, shape ``(N, S, L, P)``.
        config: How far.
        spacing_mm: Along left, posterior and superior.
        draws: Random numbers.

    Returns:
        Both, moved together.
    """
    if config.shift_mm == config.turn_degrees == 0.0 and not config.mirror:
        return planes, body
    shift = draws.normal(3).mul_(config.shift_mm)
    turn = rotations(draws.normal(3).mul_(math.radians(config.turn_degrees)))
    if config.mirror:
        turn[:, :, 0] *= draws.signs()[:, None]
    grid = _grid(turn, shift, tuple(planes.shape[1:]), spacing_mm)
    pair = torch.stack((planes, body), dim=1)
    moved = functional.grid_sample(pair, grid, padding_mode="border", align_corners=False)
    return moved[:, 0], moved[:, 1]


def rotations(vectors: Tensor) -> Tensor:
    """Return the matrices that turn about vectors by their lengths, radians (Rodrigues).

    Args:
        vectors: Shape ``(N, 3)``.

    Returns:
        Shape ``(N, 3, 3)``.
    """
    x, y, z = vectors.unbind(dim=1)
    zero = torch.zeros_like(x)
    cross = torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=1).view(-1, 3, 3)
    angle = vectors.norm(dim=1)[:, None, None]
    # torch.sinc is of pi times its argument, and one at zero.
    first = torch.sinc(angle / math.pi)
    second = 0.5 * torch.sinc(angle / (2.0 * math.pi)) ** 2
    return torch.eye(3, device=vectors.device) + first * cross + second * (cross @ cross)


def _grid(
    turn: Tensor,
    shift_mm: Tensor,
    shape: tuple[int, ...],
    spacing_mm: tuple[float, float, float],
) -> Tensor:
    """Return where each voxel comes from, as ``grid_sample`` takes it, ``(N, S, L, P, 3)``."""
    slices, high, wide = shape
    # Of each axis l, p, s: places of its voxels and half its length, millimetres.
    counts = (high, wide, slices)
    halves = [0.5 * n * d for n, d in zip(counts, spacing_mm, strict=True)]
    left, posterior, superior = (
        (torch.arange(n, device=turn.device) - (n - 1) / 2.0) * d
        for n, d in zip(counts, spacing_mm, strict=True)
    )
    grid = torch.empty((len(turn), *shape, 3), device=turn.device)
    # The last axis of the image comes first: p, l, s.
    for place, axis in enumerate((1, 0, 2)):
        row, step = turn[:, axis, :, None] / halves[axis], shift_mm[:, axis, None] / halves[axis]
        within = (row[:, 0] * left)[:, :, None] + (row[:, 1] * posterior)[:, None]
        along = row[:, 2] * superior + step
        torch.add(along[:, :, None, None], within[:, None], out=grid[..., place])
    return grid
