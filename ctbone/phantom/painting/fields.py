"""How far voxels lie from many round cones and thick triangles at once.

A skeleton is a thousand small shapes; asked one by one, each costs more in overhead than in
arithmetic. Here the voxels of all their boxes are laid end to end, the geometry of each shape is
gathered to its voxels, and every voxel keeps the nearest surface.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.primitives import Batch, Ints, cones, triangles
from ctbone.phantom.painting.raster import Box, Raster
from ctbone.phantom.shapes import Sheet, Tube

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_CHUNK_VOXELS = 30_000

#: A shape of more voxels than this is asked by itself: arithmetic outweighs the overhead.
_LARGE_VOXELS = 12_000

#: The same for both on an accelerator, where launches cost more than arithmetic; small enough for
#: single precision to count, and for its memory.
_ACCELERATOR_VOXELS = 2**22

#: Distance of what no shape reaches, mm.
_FAR_MM = 1e3


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


def nearest(raster: Raster, shapes: Sequence[Tube | Sheet]) -> Field | None:
    """Return the distance to the nearest of some shapes; ``None`` if none is on the raster."""
    tubes = [shape for shape in shapes if isinstance(shape, Tube)]
    sheets = [shape for shape in shapes if isinstance(shape, Sheet)]
    batches = []
    if tubes:
        batches.append(cones(raster, tubes).kept())
    if sheets:
        batches.append(triangles(raster, sheets).kept())
    start, stop = (np.concatenate([getattr(b, end) for b in batches]) for end in ("start", "stop"))
    if len(start) == 0:
        return None
    low, high = start.min(0), stop.max(0)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True))
    size = [part.stop - part.start for part in box]
    distance = raster.hu.new_full(size, _FAR_MM)
    levels = torch.zeros(size, dtype=torch.uint8, device=raster.hu.device)
    on_cpu = raster.hu.device.type == "cpu"
    most = _CHUNK_VOXELS if on_cpu else _ACCELERATOR_VOXELS
    large = _LARGE_VOXELS if on_cpu else _ACCELERATOR_VOXELS
    for batch in batches:
        for first, last in _chunks(batch, most=most, large=large):
            _fill(batch, (first, last), low, distance, levels)
    return Field((box[0], box[1], box[2]), distance, levels)


def _chunks(batch: Batch, *, most: int, large: int) -> Iterator[tuple[int, int]]:
    """Yield runs of shapes that touch a bounded number of voxels; large shapes by themselves."""
    counts = (batch.stop - batch.start).prod(1).tolist()
    first, total = 0, 0
    for here, count in enumerate(counts):
        apart = here > 0 and max(count, counts[here - 1]) > large
        if here > first and (apart or total + count > most):
            yield first, here
            first, total = here, 0
        total += count
    if counts:
        yield first, len(counts)


def _fill(
    batch: Batch, part: tuple[int, int], low: Ints, distance: Tensor, levels: Tensor
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
    rows = torch.as_tensor(table, dtype=torch.float32, device=device).index_select(1, owner)
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
    if not batch.levels[which].any():
        return
    inside = (found < 0.0).nonzero()[:, 0]
    label = torch.as_tensor(batch.levels[which], dtype=torch.uint8, device=device)
    levels.view(-1).scatter_reduce_(0, place[inside], label[owner[inside]], "amax")


def _fill_one(batch: Batch, which: int, low: Ints, distance: Tensor, levels: Tensor) -> None:
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
