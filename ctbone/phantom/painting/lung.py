"""How the lungs turn into voxels, within a slab of the trunk."""

from __future__ import annotations

import torch
from torch import Tensor

from ctbone.phantom.flesh import Lungs, Torso
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import share
from ctbone.phantom.tissue import Tissue

_Own = tuple[Tensor, Tensor, Tensor]

#: Thickness of the diaphragm, mm.
_DIAPHRAGM_MM = 3.5


def paint_lung(
    target: Tensor, patient: tuple[Torso, Lungs], own: _Own, cavity: Tensor,
    edge: tuple[Tensor, float], palette: Palette,
) -> None:  # fmt: skip
    """Paint diaphragm, lung and effusion over a slab.

    Args:
        target: The slab, painted in place.
        patient: Trunk and lungs.
        own: Its coordinates in the patient's own frame.
        cavity: Outline of the cavity at these heights, ``(4, ...)``.
        edge: Distance to that outline, and the extent of a voxel.
        palette: What tissues attenuate.
    """
    torso, lungs = patient
    _, y, z = own
    if float(z.max()) < _lowest(torso, cavity):
        return
    distance, width = edge
    dome, beside = _bounds(torso, own, cavity)
    inside = torch.maximum(distance, beside)
    muscle = palette.soft(Tissue.MUSCLE)
    wall = share(torch.maximum(inside, z - dome - 0.5 * width), width)
    wall *= share(dome - _DIAPHRAGM_MM - z, width)
    target += wall * (muscle - target)
    share_of = share(torch.maximum(inside, dome - z), width)
    value = _air(lungs, own, y - cavity[1], palette)
    for side, height in zip((-1.0, 1.0), lungs.effusion_mm, strict=True):
        if height > 0.0:
            wet = _effusion(side, height, own, cavity, width)
            value = value + wet * (palette.soft(Tissue.FLUID) - value)
    target += share_of * (value - target)


def _lowest(torso: Torso, cavity: Tensor) -> float:
    """Return the height below which no lung reaches within an outline."""
    out = max((float(cavity[0].max()) - 66.0) / 72.0, 1.0)
    return min(torso.domes_mm) - torso.dome_fall_mm * (out * out + 1.15**2)


def _bounds(torso: Torso, own: _Own, cavity: Tensor) -> tuple[Tensor, Tensor]:
    """Return the height of the diaphragm, and the distance to the mediastinum."""
    x, y, _ = own
    off = x - cavity[3]
    right, left = torso.domes_mm
    apex = (off / 60.0).clamp(-1.0, 1.0) * (0.5 * (left - right)) + 0.5 * (left + right)
    out = (off.abs() - 66.0) / 72.0
    back = (y - cavity[1] + 0.15 * cavity[2]) / cavity[2]
    dome = apex - torso.dome_fall_mm * (out * out + back * back)
    # Narrow in front, where the lungs nearly meet, widest at the roots, and as the spine behind.
    along = ((y - cavity[1]) / cavity[2]).clamp(-1.0, 1.0)
    middle = torso.mediastinum_mm * (1.05 - 0.55 * (along + 0.15) ** 2 - 0.2 * along)
    return dome, middle - off.abs()


def _air(lungs: Lungs, own: _Own, back: Tensor, palette: Palette) -> Tensor:
    """Return the attenuation of lung: denser behind, with holes in some."""
    value = palette.soft(Tissue.LUNG, lungs.shift_hu) + lungs.slope_hu_mm * back
    if lungs.emphysema_hu > 0.0:
        x, y, z = own
        pattern: Tensor | None = None
        for a, b, c, phase in lungs.holes.tolist():
            wave = torch.sin(x * a + y * b + z * c + phase)
            pattern = wave if pattern is None else pattern + wave
        assert pattern is not None  # noqa: S101 - holes are drawn with their waves
        value = value - pattern.clamp_(0.0, 1.6) * (lungs.emphysema_hu / 1.6)
    return value.clamp(-990.0, -500.0)


def _effusion(side: float, height: float, own: _Own, cavity: Tensor, width: float) -> Tensor:
    """Return the share of free fluid in the lung of a side: it lies behind, with a level."""
    x, y, _ = own
    level = cavity[1] + cavity[2] - height
    return share(torch.maximum(level - y, -side * (x - cavity[3])), width)
