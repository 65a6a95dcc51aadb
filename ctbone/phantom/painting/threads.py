"""How many thin shapes turn into voxels at once.

A cone a voxel wide is too little work for a launch of its own. Cones of like size are therefore
handled together: each has the same ball of voxels about its middle, distances are two matrix
products, and the results are scattered. Where two meet the greater share wins, so that the order
in which they come does not matter.

Bones go through ``fields``: they want one distance to all of them, and walls need it true across a
stretched surface. What is here is never walled, and each thread keeps a value of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ctbone.phantom.flesh import Thread
from ctbone.phantom.painting.cones import (
    Cones,
    cones_of,
    cut,
    middles,
    reach_of,
    select,
    voxels_per_mm,
)
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Raster

#: Distances held at a time: their temporaries stay in the processor's cache.
_CHUNK = 150_000

#: Balls up to this many voxels in radius cost less than what comes with a ball.
_SMALL_VOXELS = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The voxels within reach of a batch of cones; a voxel is there once for each of them.

    Attributes:
        index: Place of each voxel in the flat raster, int64, shape ``(M,)``.
        distance: Distance to the surface, mm in the stretched frame, negative inside.
        cone: Which cone it is near.
        offset: How far behind the middle of its cone each voxel lies, mm.
    """

    index: Tensor
    distance: Tensor
    cone: Tensor
    offset: Tensor


def paint_threads(
    raster: Raster, threads: Sequence[Thread], palette: Palette, *, darker: bool = False
) -> None:
    """Paint threads over what is less dense than they are, or over what is denser."""
    if not threads:
        return
    values = [palette.soft(thread.tissue, thread.shift_hu) for thread in threads]
    cones = cut(raster, cones_of(threads, values))
    flat, width = raster.hu.view(-1), raster.mean_width
    value = raster.hu.new_tensor(cones.rows[:, 0])
    full = raster.hu.new_tensor(_fullness(cones.radii_mm, width))
    for patch in patches(raster, cones):
        inside = (0.5 - patch.distance / width).clamp_(max=1.0).mul_(full[patch.cone])
        old = flat[patch.index]
        new = old + inside * (value[patch.cone] - old)
        flat.scatter_reduce_(0, patch.index, new, "amin" if darker else "amax")


def _fullness(radii: Array, width: float) -> Array:
    """Return what the share within a thread thinner than a voxel must be scaled by.

    The share falls evenly over a voxel's extent, so that a thread of radius r holds
    ``pi (r + w/2)**3 / (3 w)`` of the plane instead of ``pi r**2``.
    """
    radius = radii.mean(1)
    held = (radius + 0.5 * width) ** 3 / (3.0 * width)
    return np.where(radius < 0.5 * width, np.minimum(radius**2 / held, 1.0), 1.0)


def patches(raster: Raster, cones: Cones) -> Iterator[Patch]:
    """Yield the distances of the voxels near cones, cones of like size together."""
    reach = reach_of(raster, cones)
    sizes = _classes(raster, reach)
    for size in np.unique(sizes):
        (members,) = np.nonzero(sizes == size)
        ball = _ball(raster, float(reach[members].max()))
        step = max(1, _CHUNK // ball.away.shape[1])
        for start in range(0, len(members), step):
            yield _patch(raster, cones, members[start : start + step], ball)


def _classes(raster: Raster, reach: Array) -> Array:
    """Return which cones share a ball: fewer balls where these hold few voxels."""
    if len(reach) == 0:
        return np.zeros(0)
    steps = 2.5 if reach.max() > _SMALL_VOXELS * raster.mean_width else 1.3
    return np.ceil(np.log2(np.maximum(reach, 1.0)) * steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Ball:
    """The voxels about a middle voxel.

    Attributes:
        most: Greatest offset along each axis, voxels.
        offsets: Offsets in voxels, int64, shape ``(3, P)``.
        away: Offsets in mm, shape ``(3, P)``.
        products: These, their squares and the products of neighbours, shape ``(9, P)``.
    """

    most: NDArray[np.int64]
    offsets: Tensor
    away: Tensor
    products: Tensor


def _ball(raster: Raster, reach: float) -> _Ball:
    """Return the voxels that lie within reach of a middle voxel."""
    matrix, device = raster.affine[:3, :3], raster.hu.device
    slack = reach + 0.5 * float(np.linalg.norm(matrix, axis=0).max())
    most = np.ceil(slack * voxels_per_mm(raster)).astype(int)
    axes = [torch.arange(-int(m), int(m) + 1, device=device) for m in most]
    offsets = torch.stack(torch.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    away = raster.hu.new_tensor(matrix) @ offsets.to(raster.hu.dtype)
    near = (away * away).sum(0) <= slack**2
    offsets, away = offsets[:, near], away[:, near]
    return _Ball(most, offsets, away, torch.cat([away, away * away, away * away.roll(-1, 0)]))


def _patch(raster: Raster, cones: Cones, members: NDArray[np.int64], ball: _Ball) -> Patch:
    device = raster.hu.device
    middle = np.rint(middles(raster, select(cones, members))).astype(int)
    origin = middle @ raster.affine[:3, :3].T + raster.affine[:3, 3]
    distance = _distance(raster, select(cones, members), origin, ball)
    touched = distance < 0.5 * raster.mean_width
    centres = torch.as_tensor(middle.T, device=device)
    size = np.array(raster.hu.shape[::-1])
    if np.any(middle.min(0) < ball.most) or np.any(middle.max(0) + ball.most >= size):
        touched &= _existing(raster, centres, ball)
    which, where = touched.nonzero(as_tuple=True)
    axis = 0.5 * (cones.starts_mm + cones.ends_mm)[members, 1]
    return Patch(
        index=_places(raster, centres)[which] + _places(raster, ball.offsets)[where],
        distance=distance[which, where],
        cone=torch.as_tensor(members, device=device)[which],
        offset=raster.hu.new_tensor(origin[:, 1] - axis)[which] + ball.away[1][where],
    )


def _places(raster: Raster, index: Tensor) -> Tensor:
    """Return where voxels lie in the flat raster: those of a sum are the sum of those."""
    columns, rows = raster.hu.shape[2], raster.hu.shape[1]
    return index[0] + index[1] * columns + index[2] * (columns * rows)


def _existing(raster: Raster, centres: Tensor, ball: _Ball) -> Tensor:
    """Return which voxels about centres exist, shape ``(N, P)``."""
    found: Tensor | None = None
    sizes = raster.hu.shape[::-1]
    for middle, offset, size in zip(centres, ball.offsets, sizes, strict=True):
        along = middle[:, None] + offset
        inside = (along >= 0) & (along < size)
        found = inside if found is None else found & inside
    assert found is not None  # noqa: S101 - there are three axes
    return found


def _distance(raster: Raster, cones: Cones, origin: Array, ball: _Ball) -> Tensor:
    """Return the distance of the voxels about origins to round cones, shape ``(N, P)``."""
    near, axis = origin - cones.starts_mm, cones.ends_mm - cones.starts_mm
    turned = np.einsum("nij,nj->ni", cones.metrics, axis)
    length = np.maximum((turned * axis).sum(1), 1e-9)[:, None]
    along = _affine(raster, (near * turned).sum(1) / length[:, 0], turned / length, ball.away)
    across = np.einsum("nij,nj->ni", cones.metrics, near)
    metric = cones.metrics
    left = np.column_stack([
        2.0 * across,
        *(metric[:, i, i] for i in range(3)),
        *(2.0 * metric[:, i, (i + 1) % 3] for i in range(3)),
    ])  # fmt: skip
    square = _affine(raster, (near * across).sum(1), left, ball.products)
    part = along.clamp(0.0, 1.0)
    square += along.mul_(-2.0).add_(part).mul_(part).mul_(raster.hu.new_tensor(length))
    grow = raster.hu.new_tensor(cones.radii_mm[:, 1:] - cones.radii_mm[:, :1])
    radius = raster.hu.new_tensor(cones.radii_mm[:, :1])
    return square.clamp_(min=0.0).sqrt_().sub_(part.mul_(grow).add_(radius))


def _affine(raster: Raster, constant: Array, rows: Array, columns: Tensor) -> Tensor:
    start = raster.hu.new_tensor(constant)[:, None]
    return torch.addmm(start, raster.hu.new_tensor(rows), columns)
