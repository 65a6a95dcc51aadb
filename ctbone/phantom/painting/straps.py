"""How long muscles turn into voxels: ellipses that change with height."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.flesh import Strap
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Box, Raster, cover, share

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_SLAB_VOXELS = 200_000

#: What is below this is air or lung, HU.
AERATED_HU = -350.0

#: Knots of an even table that the knots of a strap are interpolated to.
_KNOTS = 65


def paint_strap(raster: Raster, strap: Strap, palette: Palette) -> None:
    """Paint a muscle over what is there."""
    wide = strap.semi_axes_mm.max(1) + raster.mean_width
    low, high = strap.middles_mm - wide[:, None], strap.middles_mm + wide[:, None]
    first, last = strap.heights_mm[[0, -1]]
    box = raster.box(np.array([*low.min(0), first]), np.array([*high.max(0), last]))
    if box is None:
        return
    table, value = _table(strap), palette.soft(strap.tissue, strap.shift_hu)
    depth, rows, columns = box
    step = max(1, _SLAB_VOXELS // ((rows.stop - rows.start) * (columns.stop - columns.start)))
    for start in range(depth.start, depth.stop, step):
        slab = (slice(start, min(start + step, depth.stop)), rows, columns)
        inside = share(_distance(raster, slab, strap, table), raster.mean_width)
        # Neither out of the skin nor into the lungs.
        cover(raster, slab, inside * (raster.hu[slab] > AERATED_HU), value)


def _table(strap: Strap) -> Array:
    """Return centre and semi-axes at even heights, shape ``(4, _KNOTS)``."""
    even = np.linspace(strap.heights_mm[0], strap.heights_mm[-1], _KNOTS)
    rows = np.column_stack([strap.middles_mm, strap.semi_axes_mm])
    return np.array([np.interp(even, strap.heights_mm, row) for row in rows.T])


def _distance(raster: Raster, box: Box, strap: Strap, table: Array) -> Tensor:
    """Return the distance to the surface in the plane, mm, roughly; negative inside."""
    low = np.array([0.0, 0.0, strap.heights_mm[0]])
    x, y, z = raster.local(box, np.eye(3), low)
    rise = z * ((_KNOTS - 1) / float(strap.heights_mm[-1] - strap.heights_mm[0]))
    place = rise.clamp(0.0, _KNOTS - 1.001)
    index = place.floor()
    part, knots = place - index, raster.hu.new_tensor(table)
    below, above = knots[:, index.long()], knots[:, index.long() + 1]
    left, back, a, b = below + (above - below) * part
    c, s = float(np.cos(strap.turn_rad)), float(np.sin(strap.turn_rad))
    off, behind = x - left, y - back
    across = (off * c + behind * s) / a
    along = (behind * c - off * s) / b
    radius = (across * across + along * along).sqrt_()
    distance = (radius - 1.0) * torch.minimum(a, b)
    return torch.maximum(distance, torch.maximum(-z, (rise - (_KNOTS - 1)) * 4.0))
