"""Streaks of metal: its own line integrals come out wrong, and the error is reconstructed.

Rays through metal are hardened, so that they read too low, and carry few photons, so that they are
noisy. Both errors are confined to the trace of the metal in the sinogram; filtered and projected
back they darken what lies between two pieces of metal, brighten what lies beside, and streak.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional

from ctbone.phantom.scanner.projection import (
    Square,
    back_projected,
    ramp_filtered,
    ray_places,
)
from ctbone.phantom.scanner.survey import water_per_mm

#: Attenuation above which a voxel holds metal, by tube potential, HU: bone and cement stay below.
METAL_HU = {80: 6300.0, 100: 4900.0, 120: 4000.0, 140: 3400.0}

#: What of it is not metal, HU.
_REST_HU = 2500.0

#: Pixels along a side at most, voxels to a pixel at least, and angles to a pixel along a side.
_SIDE, _VOXELS, _ANGLES = 112, 1.5, 0.86

#: How a line integral p of metal reads, behind a body: ln(1 + c p) / c, with c by tube potential.
#: Fitted to titanium and steel of 2 to 24 mm behind 250 mm of water, computed with SpekPy 2.5.4
#: (tungsten, 7 degrees, 6 mm of aluminium, weighted by energy); 100 kV is interpolated. At 120 kV
#: 12 mm of titanium read 21 % low, of steel 41 %.
_HARDENING = {80: 0.13, 100: 0.18, 120: 0.22, 140: 0.22}

#: Photons of an unattenuated reading at a noise of 12 HU, and the variance of a detector's own
#: noise, in photons (recalled orders of magnitude).
_PHOTONS, _ELECTRONIC = 3e5, 40.0

#: Width of a detector at the middle of the gantry, mm, and readings a turn: a ray here is the mean
#: of many of them (recalled: 0.5 to 0.6 mm, about 1000).
_DETECTOR_MM, _VIEWS = 0.6, 1000.0

#: Largest noise of a reading: detectors clamp low signals (inferred).
_LARGEST_NOISE = 1.2

#: Attenuation of metal from which a ray belongs to its trace.
_TRACE = 0.02


def streaks(
    slices: Tensor,
    rays: tuple[Square, Tensor],
    spacing_mm: tuple[float, float],
    *,
    kvp: int,
    noise_hu: float,
    rng: Generator,
) -> Tensor | None:
    """Return what metal adds to slices, HU, or nothing where there is none.

    Args:
        slices: Slices, ``(S, J, I)``.
        rays: Attenuation of every ray of a survey through these slices, and its square.
        spacing_mm: Spacing along J and I.
        kvp: Tube potential.
        noise_hu: Noise of the scan; without any, no ray starves.
        rng: Source of chance.
    """
    has_metal = slices.amax((1, 2)) > METAL_HU[kvp]
    if not bool(has_metal.any()):
        return None
    shape = (slices.shape[1], slices.shape[2])
    coarse, paths = rays
    square = Square.over(shape, spacing_mm, side=max(min(_SIDE, int(max(shape) / _VOXELS)), 8))
    scale = water_per_mm(kvp) * square.pixel_mm
    metal = square.lay(_excess(slices[has_metal], METAL_HU[kvp])) * scale
    traces = _projected(metal)
    body = _body_rays(paths[has_metal], traces, coarse, square)
    error = _smoothed(_hardened(traces, _HARDENING[kvp]))
    if noise_hu > 0.0:
        readings = square.pixel_mm / _DETECTOR_MM * _VIEWS / traces.shape[1]
        drawn = _starved(traces + error + body, noise_hu, rng) * (traces > _TRACE)
        error += drawn / readings**0.5
    found = back_projected(ramp_filtered(error), square.side) * (1000.0 / scale)
    total = torch.zeros_like(slices)
    total[has_metal] = square.lift(found, shape)
    return total


def _excess(slices: Tensor, least_hu: float) -> Tensor:
    """Return the attenuation of metal relative to that of water."""
    return (slices - _REST_HU).mul_(1e-3) * (slices > least_hu)


def _projected(metal: Tensor) -> Tensor:
    """Project the few pixels that hold metal, ``(P, angles, rays)``."""
    angles = round(_ANGLES * metal.shape[1])
    low, share, rays = ray_places(metal.shape[1], angles, metal.device)
    flat = metal.flatten(1)
    (held,) = torch.nonzero(flat.amax(0), as_tuple=True)
    low, share, flat = low[:, held], share[:, held], flat[:, None, held]
    traces = torch.zeros((len(flat), angles, rays), device=metal.device)
    places = low.expand(len(flat), -1, -1)
    traces.scatter_add_(2, places, flat * (1.0 - share))
    return traces.scatter_add_(2, places + 1, flat * share)


def _body_rays(paths: Tensor, traces: Tensor, coarse: Square, fine: Square) -> Tensor:
    """Interpolate the attenuation of the body to the finer rays.

    Both sets of rays pass the middle of the slice.
    """
    angles, rays = traces.shape[1:]
    centre = paths.shape[2] // 2
    place = (torch.arange(rays, device=paths.device) - rays // 2) * (
        fine.pixel_mm / coarse.pixel_mm
    )
    across = (place / max(centre, 1)).clamp(-1.0, 1.0)
    along = torch.linspace(-1.0, 1.0, angles, device=paths.device)
    grid = torch.stack(torch.meshgrid(across, along, indexing="xy"), -1)
    found = functional.grid_sample(
        paths[:, None], grid.expand(len(paths), -1, -1, -1), align_corners=True
    )
    return found[:, 0]


def _smoothed(error: Tensor) -> Tensor:
    """Average neighbouring rays: the lattice of the metal would show in the streaks."""
    wide = functional.pad(error, (1, 1))
    return 0.5 * error + 0.25 * (wide[..., 2:] + wide[..., :-2])


def _hardened(metal: Tensor, width: float) -> Tensor:
    """Return by how much line integrals of metal read low."""
    return torch.log1p(width * metal) / width - metal


def _starved(read: Tensor, noise_hu: float, rng: Generator) -> Tensor:
    """Draw the noise of single readings that few photons are left of."""
    photons = _PHOTONS * (12.0 / noise_hu) ** 2 * torch.exp(-read)
    spread = (photons + _ELECTRONIC).sqrt_() / photons.clamp(min=1.0)
    draw = torch.randn(read.shape, generator=rng, device=read.device)
    return draw * spread.clamp_(max=_LARGEST_NOISE)
