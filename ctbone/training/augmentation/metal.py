"""Metal beside the body: rods behind it, with streaks about them.

Simple, but plausible: two rods as they join pedicle screws, and about each bright and dark bands
that alternate with the angle and fade with the distance, as the difference between what a beam
through metal loses and what reconstruction takes it for spreads along rays. Streaks are of mean
zero about a rod. The phantom throws such streaks by projection (``phantom.scanner.metal``), which
would take far longer than a step of training.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws
from ctbone.training.augmentation.fields import AxialPlaces, axial_places, disc

#: Distance of a rod's axis from the middle of the patch, sideways and backwards, and its radius,
#: millimetres: rods of 5.5 mm behind the pedicles (recalled, not verified).
_SIDEWAYS_MM = (12.0, 20.0)
_BACKWARDS_MM = (24.0, 34.0)
_RADIUS_MM = (2.5, 3.0)

#: The most that twelve bits hold, at which most scanners cut metal off, HU.
METAL_HU = 3071.0

#: Pairs of bright and dark bands about a rod, and where they have fallen to a half, millimetres.
_BANDS = 2
_FADING_MM = 10.0


def implant(
    planes: Tensor,
    body: Tensor,
    config: Augmentation,
    spacing_mm: tuple[float, float, float],
    draws: Draws,
) -> Tensor:
    """Give a few examples two rods behind the body, which leave the body itself in place.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        body: The share of a voxel inside the body, shape ``(N, S, L, P)``.
        config: How often, and how strong the streaks are.
        spacing_mm: Along left, posterior and superior.
        draws: Random numbers.
    """
    if config.metal_share == 0.0:
        return planes
    chosen = draws.chosen(config.metal_share)[:, None, None]
    # An accelerator would have to wait for the answer.
    if chosen.device.type == "cpu" and not chosen.any():
        return planes
    places = axial_places(planes, spacing_mm)
    amplitude = draws.uniform(0.0, config.metal_streak_hu)[:, None, None]
    backwards = draws.uniform(*_BACKWARDS_MM)
    rods = [
        _rod(side * draws.uniform(*_SIDEWAYS_MM), backwards, places, draws) for side in (1.0, -1.0)
    ]
    covered = torch.maximum(*(cover for cover, _ in rods)) * chosen
    streaks = sum((bands for _, bands in rods), torch.zeros_like(covered)) * amplitude * chosen
    metal = covered[:, None] * (1.0 - body)
    return torch.lerp(planes + streaks[:, None], torch.full_like(planes, METAL_HU), metal)


def _rod(
    left_mm: Tensor, posterior_mm: Tensor, places: AxialPlaces, draws: Draws
) -> tuple[Tensor, Tensor]:
    """Return what a rod covers and its bands between -1 and 1, both ``(N, L, P)``."""
    left, posterior = places.from_axis(left_mm, posterior_mm)
    distance = torch.hypot(left, posterior)
    turned = draws.uniform(0.0, 2.0 * torch.pi)[:, None, None]
    bands = torch.cos(_BANDS * torch.atan2(posterior, left) - turned)
    fading = _FADING_MM / (_FADING_MM + distance)
    return disc(distance, draws.uniform(*_RADIUS_MM), places.pixel_mm), bands * fading
