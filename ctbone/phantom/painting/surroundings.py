"""How what lies about a patient turns into voxels."""

from __future__ import annotations

import numpy as np
import torch

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster, share
from ctbone.phantom.shapes import Table
from ctbone.phantom.tissue import Tissue


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
