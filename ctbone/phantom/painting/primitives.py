"""Round cones and thick triangles as rows of numbers, and how far voxels lie from them.

Distances of stretched cones are divided by the length of their gradient, so that walls and partial
volumes of flat bones are as thick as those of round ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ctbone.phantom.painting.raster import Array, Raster
from ctbone.phantom.shapes import Sheet, Tube

Ints = NDArray[np.int64]

#: From the rows of a batch and the indices i, j, k of voxels to distances, mm.
Distance = Callable[[Tensor, tuple[Tensor, Tensor, Tensor]], Tensor]


@dataclass(frozen=True, slots=True)
class Batch:
    """Shapes of one kind: their boxes as indices, their labels and their parameters a row each."""

    start: Ints
    stop: Ints
    levels: Ints
    rows: Array
    distance: Distance

    def kept(self) -> Batch:
        """Leave out the shapes that lie beside the raster."""
        keep = np.all(self.start < self.stop, axis=1)
        return Batch(
            self.start[keep], self.stop[keep], self.levels[keep], self.rows[:, keep], self.distance
        )


def _boxes(raster: Raster, low_mm: Array, high_mm: Array) -> tuple[Ints, Ints]:
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


def cones(raster: Raster, tubes: Sequence[Tube]) -> Batch:
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
    return Batch(start, stop, levels, rows, _cone_distance)


def _cone_distance(rows: Tensor, index: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the distance to the cone of each voxel, mm."""
    u, v, w = _local(rows, index)
    along = (u * rows[15] + v * rows[16] + w * rows[17]).clamp_(0.0, 1.0)
    u, v, w = (x.sub_(along * rows[12 + axis]).square_() for axis, x in enumerate((u, v, w)))
    off = (u + v + w).sqrt_()
    slope = (u * rows[20] + v * rows[21] + w * rows[22]).sqrt_().add_(1e-6)
    off_surface = off - (rows[18] + along * rows[19])
    return off_surface * (off + 1e-6) / slope


def triangles(raster: Raster, sheets: Sequence[Sheet]) -> Batch:
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
    return Batch(start, stop, levels, rows, _triangle_distance)


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
