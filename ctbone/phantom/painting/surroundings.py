"""How what lies about a patient turns into voxels."""

from __future__ import annotations

import numpy as np
import torch

from ctbone.phantom.flesh import Attachments
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster, share
from ctbone.phantom.painting.threads import paint_threads
from ctbone.phantom.shapes import Table
from ctbone.phantom.tissue import Tissue

#: Further along the table than any scan.
_FAR_MM = 5000.0

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_SLAB_VOXELS = 200_000


def paint_table(raster: Raster, table: Table, palette: Palette) -> None:
    """Paint table top and mattress on air alone: the body rests on them."""
    middle = np.array([table.centre_mm, table.top_mm, 0.0])
    rise = 0.5 * table.half_width_mm**2 / table.radius_mm + table.mattress_mm + 10.0
    margin = np.array([table.half_width_mm + 10.0, 0.0, _FAR_MM])
    low, high = middle - margin, middle + margin
    low[1] -= rise
    high[1] += table.thickness_mm + 10.0
    box = raster.box(low, high)
    if box is None:
        return
    depth, rows, columns = box
    step = max(1, _SLAB_VOXELS // ((rows.stop - rows.start) * (columns.stop - columns.start)))
    for start in range(depth.start, depth.stop, step):
        slab = (slice(start, min(start + step, depth.stop)), rows, columns)
        x, y, _ = raster.local(slab, np.eye(3), middle)
        sheet = y + x * x * (0.5 / table.radius_mm)
        _cover_air(raster.hu[slab], sheet, x, table, (palette, raster.mean_width))


def _cover_air(
    target: torch.Tensor, sheet: torch.Tensor, x: torch.Tensor, table: Table,
    how: tuple[Palette, float],
) -> None:  # fmt: skip
    palette, width = how
    centre = 0.5 * table.thickness_mm
    sides = x.abs() - table.half_width_mm
    across = torch.maximum((sheet - centre).abs() - centre, sides)
    outer, inner = share(across, width), share(across + table.shell_mm, width)
    added = (outer - inner) * (palette.soft(Tissue.TABLE) + 1000.0)
    added += inner * (palette.soft(Tissue.TABLE_CORE) + 1000.0)
    if table.mattress_mm > 0.0:
        half = 0.5 * table.mattress_mm
        foam = share(torch.maximum((sheet + half + 0.5).abs() - half, sides + 12.0), width)
        added += foam * (palette.soft(Tissue.FOAM) + 1000.0)
    target += added * (target < -960.0)


def paint_attachments(raster: Raster, attachments: Attachments, palette: Palette) -> None:
    """Paint cables, metal and tubes, then the hollow of tubes."""
    paint_threads(raster, attachments.threads, palette)
    paint_threads(raster, attachments.lumens, palette, darker=True)
