"""What a coarse look at the body tells: where noise is high, and how hard beams have become.

A few slices are projected at low resolution. Rays that pass much body carry few photons, so noise
is high where many of them cross, and streaky where the lateral ones do. Rays that pass bone are
hardened beyond what the correction for water takes back: the error, reconstructed, is a smooth
shading, dark between dense bones and towards the middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ctbone.phantom.scanner.projection import Outline, Square, ramp_filtered, system_matrix
from ctbone.phantom.tissue.beams import BEAM_KEV
from ctbone.phantom.tissue.nist import WATER, mass_attenuation

#: Pixels along a side, angles, and distance between the slices that are looked at.
_SIDE, _ANGLES, _STEP_MM = 40, 24, 8.0

#: How much of a ray's attenuation is felt in its noise: the bow-tie filter evens out the rest
#: (inferred).
_BOW_TIE = 0.75

#: How far tube current follows the body along the table: 0 not at all, 1 until noise is even
#: (inferred; modulation schemes lie between 0.5 and 1).
_MODULATION = 0.7

#: Attenuation above which tissue counts as bone in the shading, HU.
_BONE_HU = 150.0

#: Error of a line integral of soft tissue p, corrected for water: c p (p - m). Inferred: what is
#: left of scatter and hardening in 300 mm of water is 5 HU of cupping about a mean of zero.
_WATER_ERROR = 0.0012

#: Error of a line integral of bone b on top of soft tissue p: b (c (p - m) + d b), with c and d by
#: tube potential. Computed with SpekPy 2.5.4 (tungsten, 7 degrees, 6 mm of aluminium, weighted by
#: energy) for hydroxyapatite of 0.5 to 4 g/cm2 behind 150 to 350 mm of water, corrected for water;
#: 100 kV is interpolated. It is what a scanner without a correction for bone leaves.
_BONE_ERROR = {80: (0.040, 0.070), 100: (0.045, 0.088), 120: (0.048, 0.105), 140: (0.050, 0.090)}

#: Attenuation m of the middle of a body, at which both errors vanish: the effective energies of
#: ``tissue`` hold there (inferred).
_USUAL_PATH = 5.0

#: Attenuation from which all is metal, HU: metal has streaks of its own.
_MOST_HU = 3000.0

#: Relative attenuation above which a place counts as body.
_BODY = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Maps of a body at low resolution; the first axis counts the slices looked at.

    Attributes:
        square: How the maps lie on a slice.
        every: Painted slices from one map to the next.
        variance: Noise variance relative to its mean over the body, ``(P, side, side)``.
        lateral: Share of it that streaks from side to side.
        frontal: Share of it that streaks from front to back.
        paths: Attenuation of every ray, ``(P, angles, rays)``.
        hardened_hu: Shading of a scanner that corrects for water alone, if it was asked for.
        water_mm: Water-equivalent diameter of the body.
    """

    square: Square
    every: int
    variance: Tensor
    lateral: Tensor
    frontal: Tensor
    paths: Tensor
    hardened_hu: Tensor | None
    water_mm: float


def water_per_mm(kvp: int) -> float:
    """Return the attenuation coefficient of water at a tube potential, 1/mm."""
    return 0.1 * mass_attenuation(WATER, kev=BEAM_KEV[kvp])


def look(
    hu: Tensor,
    spacing_mm: tuple[float, float, float],
    *,
    kvp: int,
    shaded: bool = False,
    body: Outline | None = None,
) -> Survey:
    """Look at painted slices.

    Args:
        hu: Slices, ``(K, J, I)``.
        spacing_mm: Their spacing along K, J and I.
        kvp: Tube potential.
        shaded: Whether the shading is wanted.
        body: Where the body goes beyond the slices, there taken for water; ``None`` if it does
            not.
    """
    every = max(1, round(_STEP_MM / spacing_mm[0]))
    chosen = (hu[every // 2 :: every] if len(hu) > every // 2 else hu[:1]).clamp(max=_MOST_HU)
    reach = 0.0 if body is None else body.reach_mm
    square = Square.over((hu.shape[1], hu.shape[2]), spacing_mm[1:], side=_SIDE, reach_mm=reach)
    matrix = system_matrix(square.side, _ANGLES, hu.device)
    scale = water_per_mm(kvp) * square.pixel_mm
    water = square.lay(chosen * 1e-3 + 1.0)
    if body is not None:
        water += square.beyond(body, hu.device)
    paths = (water.flatten(1) @ matrix.T) * scale
    shading = None
    if shaded:
        bone = square.lay((chosen - _BONE_HU).clamp_(min=0.0) * 1e-3)
        bone_paths = (bone.flatten(1) @ matrix.T) * scale
        shading = _shading(_error(paths, bone_paths, kvp), matrix, scale)
    variance, lateral, frontal = _noise(paths, matrix, square.side)
    inside = water > _BODY
    area = float((water * inside).sum((1, 2)).mean()) * square.pixel_mm**2
    return Survey(
        square=square,
        every=every,
        variance=_modulated(variance, inside),
        lateral=lateral,
        frontal=frontal,
        paths=paths.reshape(len(paths), _ANGLES, -1),
        hardened_hu=shading,
        water_mm=2.0 * (area / torch.pi) ** 0.5,
    )


def evened(survey: Survey) -> Survey:
    """Return a survey of even noise and no shading: for slices that no gantry turns in."""
    return replace(
        survey,
        variance=torch.ones_like(survey.variance),
        lateral=torch.zeros_like(survey.lateral),
        frontal=torch.zeros_like(survey.frontal),
        hardened_hu=None,
    )


def _noise(paths: Tensor, matrix: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the noise variance of every pixel, and the shares of lateral and of frontal rays.

    Shares are those beyond what even noise would have.
    """
    power = (paths * _BOW_TIE).exp_()
    rays = power.reshape(len(power), _ANGLES, -1)
    angle = torch.arange(_ANGLES, device=paths.device) * (torch.pi / _ANGLES)
    fans = [(part.abs() > 0.9).float() for part in (angle.sin(), angle.cos())]
    found = [
        (part.flatten(1) @ matrix).reshape(-1, side, side)
        for part in (rays, *(rays * fan[:, None] for fan in fans))
    ]
    lateral, frontal = (
        ((part / found[0] - float(fan.mean())) / (1.0 - float(fan.mean()))).clamp_(0.0, 1.0)
        for part, fan in zip(found[1:], fans, strict=True)
    )
    return found[0] / _ANGLES, lateral, frontal


def _modulated(variance: Tensor, body: Tensor) -> Tensor:
    """Let tube current follow the body, and set the mean over the body to one."""
    if not bool(body.any()):
        return torch.ones_like(variance)
    count = body.sum((1, 2)).clamp(min=1)
    means = ((variance * body).sum((1, 2)) / count).clamp(min=1.0)
    followed = variance * (means**-_MODULATION)[:, None, None]
    return followed / (followed * body).sum() * body.sum()


def _error(paths: Tensor, bone: Tensor, kvp: int) -> Tensor:
    """Return by how much line integrals read wrong."""
    cross, own = _BONE_ERROR[kvp]
    beyond = paths - _USUAL_PATH
    return -_WATER_ERROR * paths * beyond - bone * (cross * beyond + own * bone)


def _shading(error: Tensor, matrix: Tensor, scale: float) -> Tensor:
    """Reconstruct errors of line integrals, HU."""
    filtered = ramp_filtered(error.reshape(len(error), _ANGLES, -1)).flatten(1)
    side = round(matrix.shape[1] ** 0.5)
    found = (filtered @ matrix).reshape(-1, side, side) * (torch.pi / _ANGLES)
    return found * (1000.0 / scale)
