"""Contrast agent: trabecular bone is enhanced, and soft tissue and vessels with it.

The enhancement of bone is drawn; that of the rest follows from it and from the phase. In the
arterial phase bone is enhanced by 14 HU, in the portal venous by 18 (Pompe et al., Eur Radiol
2015;25:283), the aorta by about 250 and 120, the inferior cava by 40 and 110 and muscle by 5 and
18 (recalled, not verified). So a head can see how much agent there is.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws
from ctbone.training.augmentation.fields import AxialPlaces, axial_places, disc

#: Enhancement relative to that of bone, in the arterial and in the portal venous phase.
_AORTA = (18.0, 6.5)
_CAVA = (3.0, 6.0)
_MUSCLE = (0.35, 1.0)

#: Distance of the great vessels' axes from that of the bodies, sideways and forwards, and their
#: radii, millimetres (inferred: they lie on the front of a body of 33 mm).
_SIDEWAYS_MM = (6.0, 18.0)
_FORWARDS_MM = (24.0, 32.0)
_RADIUS_MM = (7.0, 11.0)

#: Between these attenuations tissue takes agent up in full; it fades out over the margin, HU.
_PERFUSED_HU = (10.0, 90.0)
_MARGIN_HU = 30.0


def enhance(
    planes: Tensor,
    body: Tensor,
    config: Augmentation,
    spacing_mm: tuple[float, float, float],
    draws: Draws,
) -> Tensor:
    """Give some examples contrast agent, in the body and in soft tissue and vessels about it.

    The great vessels are drawn where they usually lie, and show only where there is soft tissue.
    A patch of an enhanced scan is enhanced further, where it is not too bright for soft tissue.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        body: The share of a voxel inside the body, shape ``(N, S, L, P)``.
        config: How much, and how often.
        spacing_mm: Along left, posterior and superior.
        draws: Random numbers.
    """
    if config.contrast_hu == 0.0 or config.contrast_share == 0.0:
        return planes
    given = draws.uniform(0.0, config.contrast_hu) * draws.chosen(config.contrast_share)
    phase = draws.uniform(0.0, 1.0)
    places = axial_places(planes, spacing_mm)
    side = draws.signs()
    aorta = _vessel(_between(_AORTA, phase), side, places, draws)
    cava = _vessel(_between(_CAVA, phase), -side, places, draws)
    muscle = _between(_MUSCLE, phase)[:, None, None]
    outside = torch.maximum(muscle, torch.maximum(aorta, cava))
    uptake = torch.lerp(perfused(planes) * outside[:, None], torch.ones_like(planes), body)
    return planes.addcmul(uptake, given[:, None, None, None])


def perfused(planes: Tensor) -> Tensor:
    """Return how far attenuation is that of tissue with blood in it, from 0 to 1."""
    centre, half = 0.5 * sum(_PERFUSED_HU), 0.5 * (_PERFUSED_HU[1] - _PERFUSED_HU[0])
    away = (planes - centre).abs_()
    return away.sub_(half + _MARGIN_HU).div_(-_MARGIN_HU).clamp_(0.0, 1.0)


def _between(phases: tuple[float, float], phase: Tensor) -> Tensor:
    arterial, venous = phases
    return arterial + (venous - arterial) * phase


def _vessel(ratio: Tensor, side: Tensor, places: AxialPlaces, draws: Draws) -> Tensor:
    """Return what a vessel takes up, relative to bone, shape ``(N, L, P)``."""
    left, posterior = places.from_axis(
        side * draws.uniform(*_SIDEWAYS_MM), -draws.uniform(*_FORWARDS_MM)
    )
    distance = torch.hypot(left, posterior)
    return disc(distance, draws.uniform(*_RADIUS_MM), places.pixel_mm) * ratio[:, None, None]
