"""How stomach and bowel turn into voxels: wall, fluid, gas above it, and stool."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.flesh import Gut
from ctbone.phantom.painting.cones import Cones, cut
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Box, Raster, cover, share
from ctbone.phantom.painting.threads import patches
from ctbone.phantom.tissue import Tissue

#: Slices handled at a time hold about this many voxels.
_SLAB_VOXELS = 200_000

#: Where the stool's pattern turns to gas: the higher, the less of it.
_GAS_SHARE = 1.2


def paint_gut(raster: Raster, gut: Gut, palette: Palette) -> None:
    """Paint stomach and bowel as one solid, then what fills them."""
    lowest = np.minimum(gut.starts_mm, gut.ends_mm).min(0) - gut.radii_mm.max()
    highest = np.maximum(gut.starts_mm, gut.ends_mm).max(0) + gut.radii_mm.max()
    box = raster.box(lowest, highest)
    if box is None:
        return
    whole = [part.stop - part.start for part in box]
    fields = [raster.hu.new_full(whole, 1e3) for _ in range(3)]
    _scatter(_within(raster, box), gut, fields)
    step = max(1, _SLAB_VOXELS // (whole[1] * whole[2]))
    for start in range(0, whole[0], step):
        stop = min(start + step, whole[0])
        slab = (slice(box[0].start + start, box[0].start + stop), box[1], box[2])
        _cover_slab(raster, slab, [field[start:stop] for field in fields], gut, palette)


def _within(raster: Raster, box: Box) -> Raster:
    """Return the raster of a box alone, whose values are only a shape."""
    affine = raster.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.array([part.start for part in box[::-1]])
    return Raster(raster.hu[box], {}, affine)


def _scatter(raster: Raster, gut: Gut, fields: list[Tensor]) -> None:
    """Fill the distances to the wall's outside, to the gas and to the stool."""
    count = len(gut.radii_mm)
    rows = np.stack([gut.wall_mm, gut.level, gut.solid.astype(float)], -1)
    metrics = np.broadcast_to(np.eye(3), (count, 3, 3))
    cones = cut(raster, Cones(gut.starts_mm, gut.ends_mm, gut.radii_mm, metrics, rows))
    outer, gas, stool = (field.view(-1) for field in fields)
    table = raster.hu.new_tensor(np.column_stack([cones.rows, cones.radii_mm.mean(1)]))
    for patch in patches(raster, cones):
        wall, level, solid, radius = table[patch.cone].T
        lumen = patch.distance + wall
        outer.scatter_reduce_(0, patch.index, patch.distance, "amin")
        above = torch.maximum(lumen, patch.offset - level * radius)
        gas.scatter_reduce_(0, patch.index, above, "amin")
        stool.scatter_reduce_(0, patch.index, lumen + (1.0 - solid) * 1e3, "amin")


def _cover_slab(
    raster: Raster, box: Box, fields: list[Tensor], gut: Gut, palette: Palette
) -> None:
    outer, gas, stool = fields
    width = raster.mean_width
    cover(raster, box, share(outer, width), palette.soft(Tissue.BOWEL, gut.shift_hu))
    thin = float(np.median(gut.wall_mm))
    fluid = _drunk(gut, palette)
    cover(raster, box, share(outer + thin, width), fluid)
    if bool(gut.solid.any()):
        cover(raster, box, share(stool, width), _stool(raster, box, gut, palette))
    cover(raster, box, share(gas, width), palette.soft(Tissue.GAS))


def _drunk(gut: Gut, palette: Palette) -> float:
    """Return the attenuation of what fills stomach and small bowel."""
    plain, contrast = (palette.soft(t, gut.fluid_shift_hu)
                       for t in (Tissue.CHYME, Tissue.ORAL_CONTRAST))  # fmt: skip
    return plain + gut.contrast * (contrast - plain)


def _stool(raster: Raster, box: Box, gut: Gut, palette: Palette) -> Tensor:
    """Return the attenuation of stool: gas in bubbles of no one size."""
    x, y, z = raster.local(box, np.eye(3), np.zeros(3))
    (a, b, c, phase), *waves = gut.mottle.tolist()
    # A slow wave bends the others, lest bubbles lie in rows.
    bend = torch.sin((x * a + y * b + z * c) * 0.3 + phase)
    pattern: Tensor | None = None
    for number, (a, b, c, phase) in enumerate(waves):
        wave = torch.sin(x * a + y * b + z * c + phase + bend * (2.0 * number - 3.0))
        pattern = wave if pattern is None else pattern + wave
    assert pattern is not None  # noqa: S101 - stool is drawn with its pattern
    bubbles = (pattern - _GAS_SHARE).clamp_(0.0, 0.8)
    # Contrast drunk an hour ago has hardly reached the colon.
    ground = palette.soft(Tissue.STOOL) + 0.3 * (_drunk(gut, palette) - palette.soft(Tissue.CHYME))
    return ground - bubbles * (600.0 / 0.8)
