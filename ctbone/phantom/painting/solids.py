"""How each shape turns into voxels.

Painting is in order: each shape covers what was there by its share of the voxel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.raster import Array, Box, Raster, share
from ctbone.phantom.scanner.reconstruction import ScanConfig
from ctbone.phantom.shapes import Blade, Disc, Ellipsoid, Table, Tube, Vertebra
from ctbone.phantom.tissue import CORTEX_MG_CM3, Tissue, bone_hu, tissue_hu


@dataclass(frozen=True, slots=True)
class Palette:
    """Attenuation of everything under one scan."""

    scan: ScanConfig

    def soft(self, tissue: Tissue, shift_hu: float = 0.0) -> float:
        """Return the attenuation of a soft tissue."""
        return tissue_hu(tissue, phase=self.scan.phase) + shift_hu + self.scan.offset_hu

    def bone(self, bmd_mg_cm3: float) -> float:
        """Return the attenuation of cancellous bone of a density."""
        scale = self.scan.bone_slope
        enhanced = bone_hu(0.0, kvp=self.scan.kvp, phase=self.scan.phase)
        native = bone_hu(bmd_mg_cm3, kvp=self.scan.kvp)
        return scale * native + enhanced + self.scan.offset_hu

    @property
    def cortex(self) -> float:
        """Attenuation of compact bone."""
        return self.scan.bone_slope * bone_hu(CORTEX_MG_CM3, kvp=self.scan.kvp)


def _cover(raster: Raster, box: Box, cover: Tensor, value: float | Tensor) -> None:
    target = raster.hu[box]
    target += cover * (value - target)


def _cover_walled(
    raster: Raster, box: Box, shares: tuple[Tensor, Tensor], values: tuple[float, float | Tensor]
) -> None:
    """Cover with a shape whose wall is made of something else than its core."""
    outer, inner = shares
    wall, core = values
    target = raster.hu[box]
    target *= 1.0 - outer
    target += (outer - inner) * wall + inner * core


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
        _cover(raster, box, outer, value)
    else:
        inner = share(distance + shape.cortex_mm, width)
        _cover_walled(raster, box, (outer, inner), (palette.cortex, value))


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
        _cover(raster, box, outer, value)
    else:
        inner = share(distance + tube.cortex_mm, width)
        _cover_walled(raster, box, (outer, inner), (palette.cortex, value))
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
    _cover_walled(raster, box, (outer, inner), (palette.cortex, core))


def _tighten(normal: Array, offset: float, low: Array, high: Array) -> None:
    """Shrink a box by a plane, where the plane is upright."""
    (axes,) = np.nonzero(normal)
    if len(axes) == 1:
        axis, bound = axes[0], offset / normal[axes[0]]
        if normal[axis] > 0.0:
            high[axis] = min(high[axis], bound)
        else:
            low[axis] = max(low[axis], bound)


def paint_disc(raster: Raster, disc: Disc, palette: Palette) -> None:
    """Paint an intervertebral disc."""
    reach = _reach(disc.frame, disc.width_mm, disc.depth_mm, disc.height_mm)
    box = raster.box(disc.centre_mm - reach, disc.centre_mm + reach)
    if box is None:
        return
    u, v, w = raster.local(box, disc.frame, disc.centre_mm)
    across = (u * (2.0 / disc.width_mm)) ** 2 + (v * (2.0 / disc.depth_mm)) ** 2
    side = (across.sqrt() - 1.0) * 0.25 * (disc.width_mm + disc.depth_mm)
    end = w.abs() - 0.5 * disc.height_mm
    cover = share(side, _plane_width(raster, disc.frame)) * share(
        end, raster.width(disc.frame[:, 2])
    )
    _cover(raster, box, cover, palette.soft(Tissue.DISC, disc.shift_hu))
    if disc.gas:
        gap = share((across.sqrt() - 0.55) * 18.0, 2.0) * share(
            w.abs() - 1.0, raster.width(disc.frame[:, 2])
        )
        _cover(raster, box, gap, palette.soft(Tissue.GAS))


def paint_body(raster: Raster, body: Vertebra, palette: Palette) -> None:
    """Paint a vertebral body: trabecular bone in a compact wall between two end plates."""
    reach = _reach(body.frame, body.width_mm, body.depth_mm, 1.15 * body.height_mm)
    box = raster.box(body.centre_mm - reach, body.centre_mm + reach)
    if box is None:
        return
    u, v, w = raster.local(box, body.frame, body.centre_mm)
    side, end = body_distances(body, u, v, w)
    width, height = _plane_width(raster, body.frame), raster.width(body.frame[:, 2])
    outer = share(side, width) * share(end, height)
    inner = share(side + body.wall_mm, width) * share(end + body.plate_mm, height)
    trabecular = palette.bone(body.bmd_mg_cm3)
    slope = palette.bone(body.bmd_mg_cm3 * (1.0 + body.gradient)) - trabecular
    core = w * (2.0 * slope / body.height_mm) + trabecular
    _cover_walled(raster, box, (outer, inner), (palette.cortex, core))
    if body.level is not None:
        inside = torch.maximum(side, end) <= 0.0
        for name in ("bodies", "spine"):
            raster.labels[name][box][inside] = int(body.level)


def body_distances(body: Vertebra, u: Tensor, v: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distance to the wall and to the nearer end plate, mm; negative inside.

    The cross-section is an ellipse narrowed at half height, with a sunken back; the end plates
    are sunk at their middle and wedged.
    """
    half = 0.5 * body.height_mm
    rise = (w * (1.0 / half)) ** 2
    narrow = (rise - 1.0) * body.waist + 1.0
    across = (u * (2.0 / body.width_mm)) ** 2
    depth = (v * (2.0 / body.depth_mm)) ** 2
    square = across + depth
    radius = (square - 0.2 * (across * depth)).clamp_(min=0.0).sqrt_() / narrow
    front = (radius - 1.0) * (0.25 * (body.width_mm + body.depth_mm))
    back = v - (0.5 * body.depth_mm - body.back_mm) * narrow - across * (1.1 * body.back_mm)
    side = torch.maximum(front, back)
    rim = body.concavity_mm * (1.0 - square).clamp(min=0.0)
    end = w.abs() - half + rim - v * (0.5 * body.wedge)
    return side, end


def _reach(frame: Array, width: float, depth: float, height: float) -> Array:
    """Return half the upright box round a box of the given size in a frame, with a margin."""
    return np.abs(frame) @ (0.5 * np.array([width, depth, height])) + 3.0


def _plane_width(raster: Raster, frame: Array) -> float:
    return 0.5 * (raster.width(frame[:, 0]) + raster.width(frame[:, 1]))


def paint_table(raster: Raster, table: Table, palette: Palette) -> None:
    """Paint the table top on air alone: the body rests on it."""
    middle = np.array([table.centre_mm, table.top_mm, 0.0])
    x, y, _ = raster.local(tuple(slice(0, n) for n in raster.hu.shape), np.eye(3), middle)  # type: ignore[arg-type]
    sheet = y + x * x * (0.5 / table.radius_mm)
    centre = 0.5 * table.thickness_mm
    across = torch.maximum((sheet - centre).abs() - centre, x.abs() - table.half_width_mm)
    outer, inner = (share(across + wall, raster.mean_width) for wall in (0.0, 1.5))
    value = (outer - inner) * palette.soft(Tissue.TABLE) + inner * palette.soft(Tissue.TABLE_CORE)
    whole = raster.hu[:]
    whole += (value + outer * 1000.0) * (whole < -960.0)
