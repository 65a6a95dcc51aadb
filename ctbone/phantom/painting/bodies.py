"""How vertebral bodies and discs turn into voxels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.outline import body_distances, canal_share, filling
from ctbone.phantom.painting.lesions import Position, fill_lesion, lesion_share, spur_share
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Box, Raster, cover, cover_walled, share
from ctbone.phantom.painting.texture import sample_texture
from ctbone.phantom.shapes import Disc, Puck, Vertebra
from ctbone.phantom.tissue import Tissue


def paint_disc(raster: Raster, disc: Disc, palette: Palette) -> None:
    """Paint an intervertebral disc: nucleus in annulus, with the gas and chalk that it holds."""
    reach = _reach(disc.frame, disc.width_mm, disc.depth_mm, disc.height_mm)
    box = raster.box(disc.centre_mm - reach, disc.centre_mm + reach)
    if box is None:
        return
    u, v, w = raster.local(box, disc.frame, disc.centre_mm)
    height = raster.width(disc.frame[:, 2])
    across = ((u * (2.0 / disc.width_mm)) ** 2 + (v * (2.0 / disc.depth_mm)) ** 2).sqrt()
    size = 0.25 * (disc.width_mm + disc.depth_mm)
    # The annulus bulges most at half height.
    side = (across - 1.0) * size + (w * (2.0 / disc.height_mm)) ** 2 * 3.0 - 0.6
    end = w.abs() - 0.5 * disc.height_mm
    inside = share(side, _plane_width(raster, disc.frame)) * share(end, height)
    nucleus = share((across - 0.62) * size, 6.0)
    value = nucleus * disc.nucleus_hu + palette.soft(Tissue.DISC, disc.shift_hu)
    if disc.calcified_hu:
        chalk = share((across - 0.85).abs() * size - 1.0, 2.5) * share(
            v + 0.2 * disc.depth_mm, 3.0
        )
        chalk = chalk * share(w.abs() - 0.2 * disc.height_mm, 2.0)
        value = value + chalk * disc.calcified_hu
    cover(raster, box, inside, value)
    if disc.gas:
        gap = share((across - disc.gas_reach) * 18.0, 2.0) * _sheet(w, 2.0, height)
        cover(raster, box, gap, palette.soft(Tissue.GAS))
    if disc.level is not None:
        middle = torch.maximum(side, end) <= 0.0
        raster.labels["discs"][box][middle] = int(disc.level)


def paint_puck(raster: Raster, puck: Puck, palette: Palette) -> None:
    """Paint a flat elliptic cylinder of one material."""
    reach = _reach(puck.frame, puck.width_mm, puck.depth_mm, puck.height_mm)
    box = raster.box(puck.centre_mm - reach, puck.centre_mm + reach)
    if box is None:
        return
    u, v, w = raster.local(box, puck.frame, puck.centre_mm)
    across = ((u * (2.0 / puck.width_mm)) ** 2 + (v * (2.0 / puck.depth_mm)) ** 2).sqrt()
    side = (across - 1.0) * (0.25 * (puck.width_mm + puck.depth_mm))
    flat = _sheet(w, puck.height_mm, raster.width(puck.frame[:, 2]))
    inside = share(side, _plane_width(raster, puck.frame)) * flat
    cover(raster, box, inside, palette.soft(puck.tissue))


def _sheet(w: Tensor, thickness_mm: float, width: float) -> Tensor:
    """Return the share of each voxel in a sheet, which keeps its volume however thin it is."""
    return share(w - 0.5 * thickness_mm, width) - share(w + 0.5 * thickness_mm, width)


def paint_body(raster: Raster, body: Vertebra, palette: Palette) -> None:
    """Paint a vertebral body: trabecular bone in a compact wall between two end plates."""
    margin = max((spur.size_mm for spur in body.spurs), default=0.0)
    tall = body.height_mm + abs(body.wedge) * body.depth_mm
    reach = _reach(body.frame, body.width_mm, body.depth_mm, 1.08 * tall) + margin
    box = raster.box(body.centre_mm - reach, body.centre_mm + reach)
    if box is None:
        return
    position = raster.local(box, body.frame, body.centre_mm)
    side, end = body_distances(body, *position)
    widths = _plane_width(raster, body.frame), raster.width(body.frame[:, 2])
    _paint_spurs(raster, box, body, palette, (position, side, widths))
    outer = share(side, widths[0]) * share(end, widths[1])
    # The wall is open where the vein leaves it.
    wall, canal = _wall(raster, body, position)
    inner = share(side + wall, widths[0]) * share(end + body.plate_mm, widths[1])
    wall_hu, core = _substance(raster, body, position, palette, canal)
    cover_walled(raster, box, (outer, inner), (wall_hu, core))
    inside = torch.maximum(side, end) <= 0.0
    # What lies below S1 is of the sacrum, whose label is that of S1, but no body of its own.
    raster.labels["spine"][box][inside] = int(body.level or VertebralLevel.S1)
    if body.level is not None:
        raster.labels["bodies"][box][inside] = int(body.level)
        raster.labels["discs"][box][inside] = 0


def _wall(
    raster: Raster, body: Vertebra, position: Position
) -> tuple[Tensor | float, Tensor | float]:
    """Return the thickness of the wall and the share that the vein's canal takes."""
    if not body.interior.vein:
        return body.wall_mm, 0.0
    extent = raster.width(body.frame[:, 0]), raster.width(body.frame[:, 2])
    canal = canal_share(body, *position, extent_mm=extent)
    return (1.0 - canal) * body.wall_mm, canal


def _substance(
    raster: Raster, body: Vertebra, position: Position, palette: Palette, canal: Tensor | float
) -> tuple[Tensor | float, Tensor]:
    """Return the attenuation of the wall, and of the bone and all else that is inside."""
    a, b, c = (raster.width(body.frame[:, axis]) for axis in range(3))
    empty = palette.bone(0.0)
    gain = palette.bone(1.0) - empty
    even = filling(body, *position, canal)
    core = even * (gain * body.bmd_mg_cm3) + empty
    grain = None
    if body.interior.texture_mg_cm3:
        grain = sample_texture(body.interior, position, (a, b, c))
    if grain is not None:
        core = core + grain * (gain * body.interior.texture_mg_cm3)
    width = raster.mean_width
    wall: Tensor | float = palette.cortex
    for lesion in body.lesions:
        shares = lesion_share(lesion, position, width, grain)
        core = fill_lesion(core, lesion, shares, position, palette, width=width)
        if lesion.opens:
            wall = wall + shares[0] * (core - wall)
    return wall, core


def _paint_spurs(
    raster: Raster,
    box: Box,
    body: Vertebra,
    palette: Palette,
    place: tuple[Position, Tensor, tuple[float, float]],
) -> None:
    """Paint the osteophytes of a body; the body itself covers their roots."""
    position, side, widths = place
    for spur in body.spurs:
        inside = spur_share(body, spur, position, side, widths)
        cover(raster, box, inside, palette.bone(spur.bmd_mg_cm3))
        if body.level is not None:
            raster.labels["spine"][box][inside >= 0.5] = int(body.level)
            raster.labels["discs"][box][inside >= 0.5] = 0


def _reach(frame: Array, width: float, depth: float, height: float) -> Array:
    """Return half the upright box round a box of the given size in a frame, with a margin."""
    return np.abs(frame) @ (0.5 * np.array([width, depth, height])) + 3.0


def _plane_width(raster: Raster, frame: Array) -> float:
    return 0.5 * (raster.width(frame[:, 0]) + raster.width(frame[:, 1]))
