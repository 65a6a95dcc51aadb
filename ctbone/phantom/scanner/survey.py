"""What a coarse look at the body tells: where noise is high, and how hard beams have become.

A few slices are projected at low resolution. Rays that pass much body carry few photons, so noise
is high where many of them cross, and streaky where the lateral ones do. Rays that pass bone are
hardened beyond what the correction for water takes back: the error, reconstructed, is a smooth
shading, dark between dense bones and towards the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ctbone.phantom.scanner.projection import Square, ramp_filtered, system_matrix
from ctbone.phantom.tissue.beams import BEAM_KEV
from ctbone.phantom.tissue.nist import WATER, mass_attenuation

#: Pixels along a side, angles, and distance between the slices that are looked at.
_SIDE, _ANGLES, _STEP_MM = 40, 24, 8.0

#: How much of a ray's attenuation is felt in its noise: the bow-tie filter evens out the rest
#: (inferred).
_BOW_TIE = 0.55

#: How far tube current follows the body along the table: 0 not at all, 1 until noise is even
#: (inferred; modulation schemes lie between 0.5 and 1).
_MODULATION = 0.7

#: Attenuation above which tissue counts as bone in the shading, HU.
_BONE_HU = 150.0

#: Errors of a line integral after correction for water, per unit squared: of soft tissue, and of
#: bone with everything in its way. Inferred: at 120 kV they leave about 6 HU of cupping in 300 mm
#: of water and 10 to 20 HU between the hips, as uniformity tests and pelves show.
_WATER_ERROR, _BONE_ERROR = 0.0012, 0.012

#: Both by tube potential, relative to 120 kV (inferred from the width of the spectra).
_BY_POTENTIAL = {80: 1.6, 100: 1.25, 120: 1.0, 140: 0.85}

#: Relative attenuation above which a place counts as body.
_BODY = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Maps of a body at low resolution; the first axis counts the slices looked at.

    Attributes:
        square: How the maps lie on a slice.
        every: Painted slices from one map to the next.
        variance: Noise variance relative to its mean over the body, ``(P, side, side)``.
        lateral: Share of it that streaks sideways.
        paths: Attenuation of every ray, ``(P, angles, rays)``.
        hardened_hu: Shading of a typical scanner.
        density: Mean attenuation of the body relative to water.
    """

    square: Square
    every: int
    variance: Tensor
    lateral: Tensor
    paths: Tensor
    hardened_hu: Tensor
    density: float


def water_per_mm(kvp: int) -> float:
    """Return the attenuation coefficient of water at a tube potential, 1/mm."""
    return 0.1 * mass_attenuation(WATER, kev=BEAM_KEV[kvp])


def look(hu: Tensor, spacing_mm: tuple[float, float, float], *, kvp: int) -> Survey:
    """Look at painted slices.

    Args:
        hu: Slices, ``(K, J, I)``.
        spacing_mm: Their spacing along K, J and I.
        kvp: Tube potential.
    """
    every = max(1, round(_STEP_MM / spacing_mm[0]))
    chosen = hu[every // 2 :: every] if hu.shape[0] > every // 2 else hu[:1]
    square = Square.over((hu.shape[1], hu.shape[2]), spacing_mm[1:], side=_SIDE)
    matrix = system_matrix(square.side, _ANGLES, hu.device)
    water = square.lay(chosen.clamp(max=3000.0) * 1e-3 + 1.0)
    bone = square.lay((chosen.clamp(max=3000.0) - _BONE_HU).clamp_(min=0.0) * 1e-3)
    scale = water_per_mm(kvp) * square.pixel_mm
    paths, bone_paths = ((maps.flatten(1) @ matrix.T) * scale for maps in (water, bone))
    variance, lateral = _noise(paths, matrix, square.side)
    body = water > _BODY
    inside = water[body]
    return Survey(
        square=square,
        every=every,
        variance=_modulated(variance, body),
        lateral=lateral,
        paths=paths.reshape(len(paths), _ANGLES, -1),
        hardened_hu=_hardened(paths, bone_paths, matrix, scale) * _BY_POTENTIAL[kvp],
        density=float(inside.mean()) if len(inside) else 1.0,
    )


def _noise(paths: Tensor, matrix: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Return the noise variance of every pixel and the share of it from lateral rays."""
    power = (paths * _BOW_TIE).exp_()
    angle = torch.arange(_ANGLES, device=paths.device) * (torch.pi / _ANGLES)
    window = (angle.sin() > 0.9).float()
    rays = power.reshape(len(power), _ANGLES, -1) * window[:, None]
    whole = (power @ matrix).reshape(-1, side, side)
    sideways = (rays.flatten(1) @ matrix).reshape(-1, side, side)
    even = float(window.mean())
    return whole / _ANGLES, ((sideways / whole - even) / (1.0 - even)).clamp_(0.0, 1.0)


def _modulated(variance: Tensor, body: Tensor) -> Tensor:
    """Let tube current follow the body, and set the mean over the body to one."""
    if not bool(body.any()):
        return torch.ones_like(variance)
    count = body.sum((1, 2)).clamp(min=1)
    means = ((variance * body).sum((1, 2)) / count).clamp(min=1.0)
    followed = variance * (means**-_MODULATION)[:, None, None]
    return followed / (followed * body).sum() * body.sum()


def _hardened(paths: Tensor, bone: Tensor, matrix: Tensor, scale: float) -> Tensor:
    """Reconstruct the errors of the line integrals, HU."""
    error = -_WATER_ERROR * paths**2 - _BONE_ERROR * bone * (bone + paths)
    filtered = ramp_filtered(error.reshape(len(error), _ANGLES, -1)).flatten(1)
    side = round(matrix.shape[1] ** 0.5)
    found = (filtered @ matrix).reshape(-1, side, side) * (torch.pi / _ANGLES)
    return found * (1000.0 / scale)
