"""How a calibration phantom under the patient turns into voxels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Box, Raster, cover, share
from ctbone.phantom.rods import PAD_HALF_WIDTH_MM, PAD_MM, Rod, calibration_rods
from ctbone.phantom.scanner.configuration import Salt
from ctbone.phantom.shapes import Table

#: What holds the rods, HU: a plastic somewhat denser than water (inferred).
_PAD_HU = 25.0


def paint_calibrator(raster: Raster, table: Table, palette: Palette, salt: Salt) -> None:
    """Paint the pad on air alone, for the patient sinks into it, and its rods over all."""
    middle = np.array([table.centre_mm, table.top_mm + 0.5 * PAD_MM, 0.0])
    half = np.array([PAD_HALF_WIDTH_MM, 0.5 * PAD_MM, 1e4])
    box = raster.box(middle - half, middle + half)
    if box is None:
        return
    x, y, _ = raster.local(box, np.eye(3), middle)
    across = torch.maximum(x.abs() - PAD_HALF_WIDTH_MM, y.abs() - 0.5 * PAD_MM)
    target = raster.hu[box]
    target += share(across, raster.mean_width) * (1000.0 + _PAD_HU) * (target < -960.0)
    for rod in calibration_rods(table, salt):
        cover(raster, box, _within(raster, box, rod), palette.rod(rod))


def _within(raster: Raster, box: Box, rod: Rod) -> Tensor:
    x, y, _ = raster.local(box, np.eye(3), np.array([*rod.centre_mm, 0.0]))
    return share((x * x + y * y).sqrt() - rod.radius_mm, raster.mean_width)
