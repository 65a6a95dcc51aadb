"""How the layers of the trunk turn into voxels, a slab at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Box, Raster, share
from ctbone.phantom.shapes import Torso
from ctbone.phantom.tissue import Tissue

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_SLAB_VOXELS = 200_000


def paint_trunk(raster: Raster, torso: Torso, palette: Palette) -> None:
    """Paint lungs, chest wall, fat and the air outside over what the cavity holds so far."""
    depth, rows, columns = raster.hu.shape
    step = max(1, _SLAB_VOXELS // (rows * columns))
    for start in range(0, depth, step):
        box = (slice(start, min(start + step, depth)), slice(0, rows), slice(0, columns))
        _paint_slab(raster, box, torso, palette)


def _paint_slab(raster: Raster, box: Box, torso: Torso, palette: Palette) -> None:
    x, y, z = raster.local(box, _own_frame(torso), torso.origin_mm)
    width = raster.mean_width
    outlines = _outlines(torso, z, device=raster.hu.device)
    in_cavity = share(_distance(outlines[0], x, y, torso.squareness), width)
    in_wall = share(_distance(outlines[1], x, y, torso.squareness), width)
    in_skin = share(_distance(outlines[2], x, y, torso.squareness), width)
    target = raster.hu[box]
    lung = _lung(torso, (x, y, z), outlines[0], width) * in_cavity
    target += lung * (palette.soft(Tissue.LUNG, torso.lung_shift_hu) - target)
    target -= palette.soft(Tissue.MUSCLE, torso.wall_shift_hu)
    target *= in_cavity
    target += palette.soft(Tissue.MUSCLE, torso.wall_shift_hu)
    fat = palette.soft(Tissue.FAT, torso.fat_shift_hu)
    target -= fat
    target *= in_wall
    target += fat + 1000.0
    target *= in_skin
    target -= 1000.0


def _own_frame(torso: Torso) -> Array:
    """Return the map to the patient's own frame: unturned, unsheared."""
    c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
    shear = np.array([[1.0, 0.0, -torso.lean[0]], [0.0, 1.0, -torso.lean[1]], [0.0, 0.0, 1.0]])
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray((turn @ shear).T)


def _outlines(torso: Torso, z: Tensor, *, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Interpolate the outlines at heights; each has shape ``(4, *z.shape)``."""
    knots = torch.as_tensor(
        np.stack([torso.cavity, torso.wall, torso.skin]), dtype=torch.float32, device=device
    )
    spacing = float(torso.heights_mm[1] - torso.heights_mm[0])
    place = ((z - float(torso.heights_mm[0])) / spacing).clamp(0.0, knots.shape[2] - 1.001)
    low = place.floor()
    part, index = place - low, low.long()
    below, above = knots[:, :, index], knots[:, :, index + 1]
    cavity, wall, skin = below + (above - below) * part
    return cavity, wall, skin


def _distance(outline: Tensor, x: Tensor, y: Tensor, squareness: float) -> Tensor:
    """Return the distance to an outline in its plane, mm, roughly; negative inside."""
    across = ((x - outline[3]) / outline[0]) ** 2
    along = ((y - outline[1]) / outline[2]) ** 2
    square = across + along - squareness * (across * along).clamp(max=4.0)
    near = torch.minimum(outline[0], outline[2])
    return (square.clamp_(min=0.0).sqrt_() - 1.0) * near


def _lung(
    torso: Torso, position: tuple[Tensor, Tensor, Tensor], cavity: Tensor, width: float
) -> Tensor:
    """Return the share of lung: above the diaphragm, beside the mediastinum and the spine."""
    x, y, z = position
    off = x - cavity[3]
    right, left = torso.domes_mm
    apex = (off / 60.0).clamp(-1.0, 1.0) * (0.5 * (left - right)) + 0.5 * (left + right)
    out = (off.abs() - 66.0) / 72.0
    back = (y - cavity[1] + 0.15 * cavity[2]) / cavity[2]
    dome = apex - torso.dome_fall_mm * (out * out + back * back)
    # Behind the heart the lungs come nearer to the midline.
    behind = ((y - cavity[1]) / cavity[2]).clamp(-0.2, 0.7)
    middle = torso.mediastinum_mm * (1.0 - 0.25 * behind)
    return share(dome - z, width) * share(middle - off.abs(), width)
