"""How vertebral bodies and discs turn into voxels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Raster, cover, cover_walled, share
from ctbone.phantom.shapes import Disc, Vertebra
from ctbone.phantom.tissue import Tissue


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
    inside = share(side, _plane_width(raster, disc.frame)) * share(
        end, raster.width(disc.frame[:, 2])
    )
    cover(raster, box, inside, palette.soft(Tissue.DISC, disc.shift_hu))
    if disc.gas:
        gap = share((across.sqrt() - 0.55) * 18.0, 2.0) * share(
            w.abs() - 1.0, raster.width(disc.frame[:, 2])
        )
        cover(raster, box, gap, palette.soft(Tissue.GAS))


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
    cover_walled(raster, box, (outer, inner), (palette.cortex, core))
    inside = torch.maximum(side, end) <= 0.0
    # What lies below S1 is of the sacrum, whose label is that of S1, but no body of its own.
    raster.labels["spine"][box][inside] = int(body.level or VertebralLevel.S1)
    if body.level is not None:
        raster.labels["bodies"][box][inside] = int(body.level)


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
