"""How the layers of the trunk turn into voxels, a slab at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.flesh import Lungs, Torso
from ctbone.phantom.painting.lung import paint_lung
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Array, Box, Raster, share
from ctbone.phantom.tissue import Tissue

#: Voxels handled at a time: their temporaries stay in the processor's cache.
_SLAB_VOXELS = 200_000

#: Widest voxels (mm) at which the layers of the abdominal wall can be told apart.
_LAYERS_MM = 2.2

_Three = tuple[Tensor, Tensor, Tensor]


def paint_trunk(raster: Raster, torso: Torso, lungs: Lungs, palette: Palette) -> None:
    """Paint lungs, chest wall, fat and the air outside over what the cavity holds so far."""
    depth, rows, columns = raster.hu.shape
    step = max(1, _SLAB_VOXELS // (rows * columns))
    for start in range(0, depth, step):
        box = (slice(start, min(start + step, depth)), slice(0, rows), slice(0, columns))
        body = _body_box(raster, box, torso)
        _clear_around(raster.hu[box[0]], body)
        if body is not None:
            _paint_slab(raster, body, (torso, lungs), palette)


def _body_box(raster: Raster, box: Box, torso: Torso) -> Box | None:
    """Return the part of a slab that may hold the body."""
    _, _, z = raster.local(box, _own_frame(torso), torso.origin_mm)
    low, high = float(z.min()) - 10.0, float(z.max()) + 10.0
    heights = np.clip([low, high], torso.heights_mm[0], torso.heights_mm[-1])
    near = (torso.heights_mm >= heights[0] - 10.0) & (torso.heights_mm <= heights[1] + 10.0)
    half, middle, deep, off = torso.skin[:, near]
    room = 1.08 if torso.squareness > 0.0 else 1.0
    left = (off - room * half).min() - 5.0, (off + room * half).max() + 5.0
    back = (middle - room * deep).min() - 5.0, (middle + room * deep).max() + 5.0
    for centre, size in (*torso.breasts, *torso.shoulders):
        if (
            not low - 10.0 < centre[2] < high + 10.0
            and np.abs(centre[2] - np.array([low, high])).min() > size[2]
        ):
            continue
        left = min(left[0], centre[0] - size[0]), max(left[1], centre[0] + size[0])
        back = min(back[0], centre[1] - size[1]), max(back[1], centre[1] + size[1])
    corners = np.array([[x, y, z_] for x in left for y in back for z_ in (low, high)])
    there = corners @ np.linalg.inv(_own_frame(torso)) + torso.origin_mm
    found = raster.box(there.min(0), there.max(0))
    if found is None:
        return None
    return box[0], found[1], found[2]


def _clear_around(slab: Tensor, body: Box | None) -> None:
    """Fill what lies beside a box of a slab with air."""
    if body is None:
        slab.fill_(-1000.0)
        return
    _, rows, columns = body
    slab[:, : rows.start] = -1000.0
    slab[:, rows.stop :] = -1000.0
    slab[:, rows, : columns.start] = -1000.0
    slab[:, rows, columns.stop :] = -1000.0


def _paint_slab(raster: Raster, box: Box, patient: tuple[Torso, Lungs], palette: Palette) -> None:
    torso, lungs = patient
    x, y, z = raster.local(box, _own_frame(torso), torso.origin_mm)
    width = raster.mean_width
    rows, (parting, muscle, cover) = _outlines(torso, z, device=raster.hu.device)
    parted = bool((parting > 0.5).any())
    cavity, wall, skin = (
        _distance(row, x, y, (torso.squareness, parting if parted else None)) for row in rows
    )
    skin = _swollen(skin, torso, (x, y, z))
    target = raster.hu[box]
    paint_lung(target, (torso, lungs), (x, y, z), rows[0], (cavity, width), palette)
    in_cavity = share(cavity, width)
    flesh = _muscle(
        torso, (cavity, wall - cover, muscle), (x - rows[0][3], y - rows[0][1]), width, palette
    )
    target -= flesh
    target *= in_cavity
    target += flesh
    _cover_skin(target, skin, torso, width, palette)


def _cover_skin(
    target: Tensor, skin: Tensor, torso: Torso, width: float, palette: Palette
) -> None:
    """Cover what is outside the body with air, and its edge with skin."""
    hide = palette.soft(Tissue.SKIN)
    below = share(skin + torso.skin_mm, width)
    target -= hide
    target *= below
    target += hide + 1000.0
    target *= share(skin, width)
    target -= 1000.0


def _muscle(
    torso: Torso, layers: tuple[Tensor, Tensor, Tensor], off: tuple[Tensor, Tensor], width: float,
    palette: Palette,
) -> Tensor:  # fmt: skip
    """Return what lies outside the cavity: a ring of muscle, thin at the midline, and fat."""
    cavity, wall, muscle = layers
    x, y = off
    # Between the straight muscles, and between them and the obliques, there is tendon alone.
    front = (-y * 0.05).clamp_(0.0, 1.0) * ((30.0 - muscle) * 0.1).clamp(0.0, 1.0)
    line = (0.8 - x * x * 0.016).clamp_(min=0.0)
    line = line + (0.5 - (x.abs() - 78.0) ** 2 * 0.008).clamp_(min=0.0)
    thick = muscle * (1.0 - front * line)
    # Behind the pelvis there is no wall but the muscles that stand apart.
    thick = thick - (y * 0.05).clamp_(0.0, 1.0) * (14.0 - muscle).clamp(0.0, 20.0)
    ring = share(torch.maximum(cavity - thick, wall), width)
    fat = palette.soft(Tissue.FAT, torso.fat_shift_hu)
    contrast = palette.soft(Tissue.MUSCLE, torso.wall_shift_hu) - fat
    if width < _LAYERS_MM:
        seams = torch.cos(cavity * (18.0 / muscle.clamp(min=5.0))).sub_(0.55).clamp_(min=0.0)
        ring *= 1.0 - seams * (cavity > 2.0)
    return ring * contrast + fat


def _swollen(skin: Tensor, torso: Torso, own: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the distance to the skin with breasts and shoulders."""
    x, y, z = own
    low, high = float(z.min()), float(z.max())
    for centre, size in (*torso.breasts, *torso.shoulders):
        cx, cy, cz = (float(c) for c in centre)
        a, b, c = (float(s) for s in size)
        if high < cz - c or low > cz + c:
            continue
        u, v, w = (x - cx) * (1.0 / a), (y - cy) * (1.0 / b), (z - cz) * (1.0 / c)
        skin = torch.minimum(skin, ((u * u + v * v + w * w).sqrt_() - 1.0) * b)
    return skin


def _own_frame(torso: Torso) -> Array:
    """Return the map to the patient's own frame: unturned, unsheared."""
    c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
    shear = np.array([[1.0, 0.0, -torso.lean[0]], [0.0, 1.0, -torso.lean[1]], [0.0, 0.0, 1.0]])
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray((turn @ shear).T)


def _outlines(torso: Torso, z: Tensor, *, device: torch.device) -> tuple[_Three, _Three]:
    """Interpolate at heights: three outlines, ``(4, *z.shape)`` each, and three rows."""
    table = np.concatenate(
        [
            torso.cavity,
            torso.wall,
            torso.skin,
            torso.parting_mm[None],
            torso.muscle_mm[None],
            torso.cover_mm[None],
        ]
    )
    knots = torch.as_tensor(table, dtype=torch.float32, device=device)
    spacing = float(torso.heights_mm[1] - torso.heights_mm[0])
    place = ((z - float(torso.heights_mm[0])) / spacing).clamp(0.0, knots.shape[1] - 1.001)
    low = place.floor()
    part, index = place - low, low.long()
    below, above = knots[:, index], knots[:, index + 1]
    found = below + (above - below) * part
    return (found[:4], found[4:8], found[8:12]), (found[12], found[13], found[14])


def _distance(outline: Tensor, x: Tensor, y: Tensor, shape: tuple[float, Tensor | None]) -> Tensor:
    """Return the distance to an outline in its plane, mm, roughly; negative inside."""
    squareness, parting = shape
    off, half = x - outline[3], outline[0]
    if parting is not None:
        off, half = off.abs() - parting, (half - parting).clamp(min=4.0)
    across = (off / half) ** 2
    along = ((y - outline[1]) / outline[2]) ** 2
    square = across + along - squareness * (across * along).clamp(max=4.0)
    near = torch.minimum(half, outline[2])
    return (square.clamp_(min=0.0).sqrt_() - 1.0) * near
