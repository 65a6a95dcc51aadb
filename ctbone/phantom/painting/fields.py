"""How far voxels lie from many round cones and thick triangles at once.

A skeleton is a thousand small shapes; asked one by one, each costs more in overhead than in
arithmetic. Here the voxels of all their boxes are laid end to end, the geometry of each shape is
gathered to its voxels, and every voxel keeps the nearest surface. Distances of stretched cones are
divided by the length of their gradient, so that walls and partial volumes of flat bones are as
thick as those of round ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ctbone.phantom.painting.raster import Array, Box, Raster
from ctbone.phantom.shapes import Sheet, Tube

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_CHUNK_VOXELS = 60_000

#: A shape of more voxels than this is asked by itself: arithmetic outweighs the overhead.
_LARGE_VOXELS = 12_000

#: Distance of what no shape reaches, mm.
_FAR_MM = 1e3

_Distance = Callable[[Tensor, tuple[Tensor, Tensor, Tensor]], Tensor]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """Signed distance to the nearest of many shapes on a box of the raster.

    Attributes:
        box: The voxels that any of the shapes may touch.
        distance_mm: Negative inside, far where no shape reaches, of the shape of the box.
        levels: Label of the vertebra of the shape that a voxel lies in, 0 elsewhere, uint8.
    """

    box: Box
    distance_mm: Tensor
    levels: Tensor


@dataclass(frozen=True, slots=True)
class _Batch:
    """Shapes of one kind: their boxes as indices, their labels and their parameters a row each."""

    start: _Ints
    stop: _Ints
    levels: _Ints
    rows: Array
    distance: _Distance

    def kept(self) -> _Batch:
        """Leave out the shapes that lie beside the raster."""
        keep = np.all(self.start < self.stop, axis=1)
        return _Batch(
            self.start[keep], self.stop[keep], self.levels[keep], self.rows[:, keep], self.distance
        )


def nearest(raster: Raster, shapes: Sequence[Tube | Sheet]) -> Field | None:
    """Return the distance to the nearest of some shapes; ``None`` if none is on the raster."""
    tubes = [shape for shape in shapes if isinstance(shape, Tube)]
    sheets = [shape for shape in shapes if isinstance(shape, Sheet)]
    batches = []
    if tubes:
        batches.append(_cones(raster, tubes).kept())
    if sheets:
        batches.append(_triangles(raster, sheets).kept())
    start, stop = (np.concatenate([getattr(b, end) for b in batches]) for end in ("start", "stop"))
    if len(start) == 0:
        return None
    low, high = start.min(0), stop.max(0)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True))
    size = [part.stop - part.start for part in box]
    distance = raster.hu.new_full(size, _FAR_MM)
    levels = torch.zeros(size, dtype=torch.uint8, device=raster.hu.device)
    for batch in batches:
        for first, last in _chunks(batch):
            _fill(batch, (first, last), low, distance, levels)
    return Field((box[0], box[1], box[2]), distance, levels)


def _chunks(batch: _Batch) -> Iterator[tuple[int, int]]:
    """Yield runs of shapes that touch a bounded number of voxels; large shapes by themselves."""
    counts = (batch.stop - batch.start).prod(1).tolist()
    first, total = 0, 0
    for here, count in enumerate(counts):
        apart = here > 0 and max(count, counts[here - 1]) > _LARGE_VOXELS
        if here > first and (apart or total + count > _CHUNK_VOXELS):
            yield first, here
            first, total = here, 0
        total += count
    if counts:
        yield first, len(counts)


def _fill(
    batch: _Batch, part: tuple[int, int], low: _Ints, distance: Tensor, levels: Tensor
) -> None:
    """Keep the nearest surface in the boxes of some of the shapes."""
    if part[1] - part[0] == 1:
        _fill_one(batch, part[0], low, distance, levels)
        return
    which = slice(*part)
    start, size = batch.start[which], (batch.stop - batch.start)[which]
    counts = size.prod(1)
    device = distance.device
    owner = torch.repeat_interleave(torch.as_tensor(counts, device=device))
    # Counts of a chunk stay far below 2**24, so that single precision holds them exactly.
    table = np.concatenate(
        [size[:, :2].T, start.T, np.array([np.cumsum(counts) - counts]), batch.rows[:, which]]
    )
    rows = torch.as_tensor(table, dtype=torch.float32, device=device)[:, owner]
    rank = torch.arange(len(owner), dtype=torch.float32, device=device) - rows[5]
    line = ((rank + 0.5) / rows[0]).floor_()
    i = rank - line * rows[0] + rows[2]
    k = ((line + 0.5) / rows[1]).floor_()
    j = line - k * rows[1] + rows[3]
    k += rows[4]
    found = batch.distance(rows[6:], (i, j, k))
    _, wide, across = distance.shape
    place = ((k - float(low[2])).long() * wide + (j - float(low[1])).long()) * across
    place += (i - float(low[0])).long()
    distance.view(-1).scatter_reduce_(0, place, found, "amin")
    inside = (found < 0.0).nonzero()[:, 0]
    label = torch.as_tensor(batch.levels[which], dtype=torch.uint8, device=device)
    levels.view(-1).scatter_reduce_(0, place[inside], label[owner[inside]], "amax")


def _fill_one(batch: _Batch, which: int, low: _Ints, distance: Tensor, levels: Tensor) -> None:
    """Keep the nearest surface in the box of one shape, whose coordinates broadcast."""
    rows = torch.as_tensor(batch.rows[:, which], dtype=torch.float32, device=distance.device)
    axes, parts = [], []
    for axis, (start, stop) in enumerate(zip(batch.start[which], batch.stop[which], strict=True)):
        index = torch.arange(int(start), int(stop), dtype=torch.float32, device=distance.device)
        axes.append(index.reshape([-1 if n == 2 - axis else 1 for n in range(3)]))
        parts.append(slice(int(start - low[axis]), int(stop - low[axis])))
    near = distance[parts[2], parts[1], parts[0]]
    found = batch.distance(rows, (axes[0], axes[1], axes[2]))
    torch.minimum(near, found, out=near)
    if label := int(batch.levels[which]):
        there = levels[parts[2], parts[1], parts[0]]
        torch.maximum(there, (found < 0.0).to(torch.uint8) * label, out=there)


def _boxes(raster: Raster, low_mm: Array, high_mm: Array) -> tuple[_Ints, _Ints]:
    """Return the voxels, ``(N, 3)`` in the order i, j, k, that upright boxes may touch."""
    inverse = np.linalg.inv(raster.affine[:3, :3])
    middle = (0.5 * (low_mm + high_mm) - raster.affine[:3, 3]) @ inverse.T
    half = 0.5 * (high_mm - low_mm) @ np.abs(inverse).T
    shape = np.array(raster.hu.shape[::-1])
    start = np.clip(np.ceil(middle - half), 0, shape).astype(np.int64)
    stop = np.clip(np.floor(middle + half) + 1, 0, shape).astype(np.int64)
    return start, stop


def _maps(raster: Raster, frames: Array, origins: Array) -> Array:
    """Return rows that take indices to coordinates in frames, ``(12, N)``; columns are axes."""
    matrix = np.swapaxes(frames, 1, 2) @ raster.affine[:3, :3]
    offset = np.einsum("nij,ni->nj", frames, raster.affine[:3, 3] - origins)
    return np.concatenate([matrix.reshape(len(frames), 9), offset], axis=1).T


def _local(rows: Tensor, index: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    i, j, k = index
    u, v, w = (
        rows[3 * axis] * i + rows[3 * axis + 1] * j + rows[3 * axis + 2] * k + rows[9 + axis]
        for axis in range(3)
    )
    return u, v, w


def _cones(raster: Raster, tubes: Sequence[Tube]) -> _Batch:
    """Return the round cones between neighbouring points of the tubes."""
    repeats = [len(tube.points_mm) - 1 for tube in tubes]
    first = np.concatenate([tube.points_mm[:-1] for tube in tubes])
    second = np.concatenate([tube.points_mm[1:] for tube in tubes])
    radii = np.array(
        [np.concatenate([tube.radii_mm[:-1] for tube in tubes]),
         np.concatenate([tube.radii_mm[1:] for tube in tubes])]
    )  # fmt: skip
    frames = np.repeat(np.array([tube.frame for tube in tubes]), repeats, axis=0)
    stretch = np.repeat(np.array([tube.stretch for tube in tubes], dtype=float), repeats, axis=0)
    reach = np.sqrt(np.einsum("nij,nj->ni", frames**2, stretch**2)) * radii.max(0)[:, None]
    reach += 0.5 * raster.mean_width
    start, stop = _boxes(
        raster, np.minimum(first, second) - reach, np.maximum(first, second) + reach
    )
    scaled = frames / stretch[:, None, :]
    axis = np.einsum("nij,ni->nj", scaled, second - first).T
    square = np.maximum((axis**2).sum(0), 1e-9)
    rows = np.concatenate(
        [_maps(raster, scaled, first), axis, axis / square,
         np.array([radii[0], radii[1] - radii[0]]), stretch.T**-2]
    )  # fmt: skip
    levels = np.repeat([int(tube.level or 0) for tube in tubes], repeats)
    return _Batch(start, stop, levels, rows, _cone_distance)


def _cone_distance(rows: Tensor, index: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the distance to the cone of each voxel, mm."""
    u, v, w = _local(rows, index)
    along = (u * rows[15] + v * rows[16] + w * rows[17]).clamp_(0.0, 1.0)
    u, v, w = (x.sub_(along * rows[12 + axis]).square_() for axis, x in enumerate((u, v, w)))
    off = (u + v + w).sqrt_()
    slope = (u * rows[20] + v * rows[21] + w * rows[22]).sqrt_().add_(1e-6)
    off_surface = off - (rows[18] + along * rows[19])
    return off_surface * (off + 1e-6) / slope


def _triangles(raster: Raster, sheets: Sequence[Sheet]) -> _Batch:
    """Return the triangles of the sheets."""
    corners = np.concatenate([sheet.corners_mm for sheet in sheets])
    radii = np.concatenate([sheet.radii_mm for sheet in sheets])
    reach = radii.max(1)[:, None] + 0.5 * raster.mean_width
    start, stop = _boxes(raster, corners.min(1) - reach, corners.max(1) + reach)
    first, (side, other) = corners[:, 0], (corners[:, n] - corners[:, 0] for n in (1, 2))
    length = np.linalg.norm(side, axis=1)
    along = side / length[:, None]
    normal = np.cross(side, other)
    area = np.linalg.norm(normal, axis=1)
    normal /= area[:, None]
    across = np.cross(normal, along)
    x, y = (other * along).sum(1), (other * across).sum(1)
    slope_x = (radii[:, 1] - radii[:, 0]) / length
    slope_y = (radii[:, 2] - radii[:, 0] - slope_x * x) / y
    rows = np.concatenate(
        [_maps(raster, np.stack([along, across, normal], axis=2), first),
         np.array([length, x, y, 1.0 / (x**2 + y**2), 1.0 / ((x - length) ** 2 + y**2),
                   radii[:, 0], slope_x, slope_y, radii.min(1), radii.max(1)])]
    )  # fmt: skip
    levels = np.repeat(
        [int(sheet.level or 0) for sheet in sheets], [len(sheet.corners_mm) for sheet in sheets]
    )
    return _Batch(start, stop, levels, rows, _triangle_distance)


def _triangle_distance(rows: Tensor, index: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the distance to the triangle of each voxel less its half thickness, mm."""
    p, q, height = _local(rows, index)
    length, x, y = rows[12], rows[13], rows[14]
    thick = rows[17] + p * rows[18] + q * rows[19]
    thick = torch.minimum(torch.maximum(thick, rows[20]), rows[21])
    to_first = (p - torch.minimum(p.clamp(min=0.0), length)).square_() + q * q
    part = ((p * x + q * y) * rows[15]).clamp_(0.0, 1.0)
    to_second = (p - part * x).square_() + (q - part * y).square_()
    beyond, step = p - length, x - length
    part = ((beyond * step + q * y) * rows[16]).clamp_(0.0, 1.0)
    to_third = (beyond - part * step).square_() + (q - part * y).square_()
    edge = torch.minimum(torch.minimum(to_first, to_second), to_third)
    outside = (q < 0.0) | (p * y < q * x) | (beyond * y > q * step)
    return (edge * outside + height * height).sqrt_() - thick
