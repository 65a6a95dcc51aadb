"""How each shape turns into voxels.

Painting is in order: each shape covers what was there by its share of the voxel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Box, Raster, cover, cover_walled, share
from ctbone.phantom.shapes import Blade, Ellipsoid, Tube
from ctbone.phantom.tissue import Tissue


def paint_ellipsoid(raster: Raster, shape: Ellipsoid, palette: Palette) -> None:
    """Paint a solid ellipsoid, with its shell of compact bone if it has one."""
    semi = np.array(shape.semi_axes_mm)
    reach = np.sqrt((shape.frame**2) @ (semi**2)) + raster.mean_width
    box = raster.box(shape.centre_mm - reach, shape.centre_mm + reach)
    if box is None:
        return
    u, v, w = raster.local(box, shape.frame / semi, shape.centre_mm)
    radius = (u * u + v * v + w * w).sqrt_()
    distance = (radius - 1.0) * float(semi.prod() ** (1.0 / 3.0))
    width, value = raster.mean_width, palette.soft(shape.tissue, shape.shift_hu)
    outer = share(distance, width)
    if shape.cortex_mm == 0.0:
        cover(raster, box, outer, value)
    else:
        inner = share(distance + shape.cortex_mm, width)
        cover_walled(raster, box, (outer, inner), (palette.cortex, value))


def paint_tubes(
    raster: Raster, tubes: Sequence[Tube], palette: Palette, *, label: str | None = None
) -> None:
    """Paint chains of round cones as one solid, without walls where they meet.

    All are made of what the first is made of. Where a label map is named, its level goes there.
    """
    cones = [_bounded(raster, tube, piece) for tube in tubes for piece in _pieces(tube)]
    within = [(cone, box) for cone, box in cones if box is not None]
    if not within:
        return
    whole = _hull([box for _, box in within])
    distance = raster.hu.new_full([part.stop - part.start for part in whole], 1e3)
    for (tube, (ends, radii)), box in within:
        k, j, i = (
            slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, whole, strict=True)
        )
        near = distance[k, j, i]
        scaled = tube.frame / np.array(tube.stretch)
        torch.minimum(near, _cone(raster, box, scaled, ends, radii), out=near)
    _cover_solid(raster, whole, distance, tubes[0], palette, label)


_Piece = tuple[tuple[Array, Array], tuple[float, float]]


def _pieces(tube: Tube) -> Iterator[_Piece]:
    """Yield the two ends and the two radii of each cone."""
    yield from zip(pairwise(tube.points_mm), pairwise(tube.radii_mm.tolist()), strict=True)


def _bounded(raster: Raster, tube: Tube, piece: _Piece) -> tuple[tuple[Tube, _Piece], Box | None]:
    (first, second), radii = piece
    wide = np.abs(tube.frame) @ np.array(tube.stretch)
    reach = max(radii) * wide + raster.mean_width
    box = raster.box(np.minimum(first, second) - reach, np.maximum(first, second) + reach)
    return (tube, piece), box


def _hull(boxes: list[Box]) -> Box:
    k, j, i = (
        slice(min(part.start for part in parts), max(part.stop for part in parts))
        for parts in zip(*boxes, strict=True)
    )
    return k, j, i


def _cover_solid(
    raster: Raster, box: Box, distance: Tensor, tube: Tube, palette: Palette, label: str | None
) -> None:
    """Cover with what lies within a distance, with the wall that the tube has."""
    value, width = palette.soft(tube.tissue, tube.shift_hu), raster.mean_width
    outer = share(distance, width)
    if tube.cortex_mm == 0.0:
        cover(raster, box, outer, value)
    else:
        inner = share(distance + tube.cortex_mm, width)
        cover_walled(raster, box, (outer, inner), (palette.cortex, value))
    if label is not None and tube.level is not None:
        raster.labels[label][box][distance < 0.0] = int(tube.level)


def _cone(
    raster: Raster,
    box: Box,
    scaled: Array,
    ends: tuple[Array, Array],
    radii: tuple[float, float],
) -> Tensor:
    """Return the distance to a round cone between two points, in a stretched frame, mm."""
    u, v, w = raster.local(box, scaled, ends[0])
    axis = scaled.T @ (ends[1] - ends[0])
    a, b, c = (float(x) for x in axis)
    along = ((u * a + v * b + w * c) / max(float(axis @ axis), 1e-9)).clamp_(0.0, 1.0)
    square = (u - along * a) ** 2
    square = square + (v - along * b) ** 2
    square += (w - along * c) ** 2
    return square.sqrt_() - (along * (radii[1] - radii[0]) + radii[0])


def paint_blade(raster: Raster, blade: Blade, palette: Palette) -> None:
    """Paint a curved plate of bone."""
    semi = np.array(blade.semi_axes_mm)
    low, high = blade.centre_mm - semi, blade.centre_mm + semi
    for normal, offset in blade.cuts:
        _tighten(normal, offset, low, high)
    box = raster.box(low - raster.mean_width, high + raster.mean_width)
    if box is None:
        return
    x, y, z = raster.local(box, np.eye(3), blade.centre_mm)
    a, b, c = (float(s) for s in semi)
    radius = ((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2).sqrt_()
    distance = ((radius - 1.0) * min(a, b)).abs_() - 0.5 * blade.thickness_mm
    for normal, offset in blade.cuts:
        scale = float(np.linalg.norm(normal))
        plane = x * float(normal[0]) + y * float(normal[1]) + z * float(normal[2])
        distance = torch.maximum(
            distance, (plane + float(normal @ blade.centre_mm) - offset) / scale
        )
    outer = share(distance, raster.mean_width)
    inner = share(distance + blade.cortex_mm, raster.mean_width)
    core = palette.soft(Tissue.MARROW)
    cover_walled(raster, box, (outer, inner), (palette.cortex, core))


def _tighten(normal: Array, offset: float, low: Array, high: Array) -> None:
    """Shrink a box by a plane, where the plane is upright."""
    (axes,) = np.nonzero(normal)
    if len(axes) == 1:
        axis, bound = axes[0], offset / normal[axes[0]]
        if normal[axis] > 0.0:
            high[axis] = min(high[axis], bound)
        else:
            low[axis] = max(low[axis], bound)
