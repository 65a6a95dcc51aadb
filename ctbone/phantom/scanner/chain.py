"""From painted slices to those of a series: the whole chain, a few slices at a time.

Slices are averaged over their thickness, shaded by what is left of beam hardening, streaked by
metal, given the kernel's resolution and noise, cut to the circular field and stored. Memory beyond
the painted and the stored slices is that of a slab.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.scanner.field import outside_field
from ctbone.phantom.scanner.metal import streaks
from ctbone.phantom.scanner.motion import displacements, moving_share
from ctbone.phantom.scanner.noise import noise_level
from ctbone.phantom.scanner.projection import Outline
from ctbone.phantom.scanner.reconstruction import stored
from ctbone.phantom.scanner.slices import Stack, plan_stack
from ctbone.phantom.scanner.spectrum import Plane, plan_plane
from ctbone.phantom.scanner.survey import Survey, evened, look
from ctbone.volume import Grid

#: Voxels handled at a time: what a processor's cache holds, and what keeps an accelerator busy.
_SLAB_VOXELS, _MANY_VOXELS = 150_000, 30_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Series:
    """One reconstruction of painted slices, before it is made.

    Attributes:
        scan: What is wanted.
        painted: Attenuation, ``(K, J, I)``; not changed.
        affine: Index ``(i, j, k)`` of a painted voxel to patient position.
        spacing_mm: Spacing along J and I.
        stack: Where the slices lie.
        plane: What the kernel does.
        survey: What the body does to rays.
        noise_hu: Noise over the body.
        rng: Source of noise, on the device.
        cells: White noise of painted slices that overlapping slices share.
    """

    scan: ScanConfig
    painted: Tensor
    affine: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    stack: Stack
    plane: Plane
    survey: Survey
    noise_hu: float
    rng: torch.Generator
    cells: dict[int, Tensor] = field(default_factory=dict)


def series_slices(
    painted: Tensor, grid: Grid, *, scan: ScanConfig, body: Outline | None, rng: Generator
) -> Tensor:
    """Make the slices of a series, ``(K', J, I)``: int16, or float32 where nothing is stored.

    Args:
        painted: Attenuation before the scanner, ``(K, J, I)``.
        grid: Where it was painted.
        scan: What is wanted.
        body: Where the body goes beyond the slices.
        rng: Source of chance.
    """
    series = _planned(painted, grid, scan, body, rng)
    stack, shape = series.stack, series.plane.shape
    outside = _outside(grid, scan, painted.device)
    kind = torch.int16 if scan.integer else torch.float32
    made = torch.empty((stack.count, *shape), dtype=kind, device=painted.device)
    at_once = _SLAB_VOXELS if painted.device.type == "cpu" else _MANY_VOXELS
    step = max(1, at_once // (shape[0] * shape[1]))
    for start in range(0, stack.count, step):
        part = slice(start, min(start + step, stack.count))
        made[part] = stored(_slab(series, part), scan)
        if outside is not None:
            made[part].masked_fill_(outside, scan.padding_hu)
    return made


def _planned(
    painted: Tensor, grid: Grid, scan: ScanConfig, body: Outline | None, rng: Generator
) -> Series:
    """Look at the body, and plan slices, filters and noise."""
    si, sj, sk = grid.spacing_mm
    stack = plan_stack(len(painted), sk, scan)
    shaded = scan.beam_hardening > 0.0
    survey = look(painted, (sk, sj, si), kvp=scan.kvp, shaded=shaded, body=body)
    if not _is_axial(grid):
        # Nor do slices that run along the table follow a breath: each sees all of it.
        scan = replace(scan, metal_artefacts=False, breathing_mm=0.0)
        survey = evened(survey)
    source = torch.Generator(painted.device)
    source.manual_seed(int(rng.integers(2**62)))
    shape = (painted.shape[1], painted.shape[2])
    return Series(
        scan=scan,
        painted=painted,
        affine=grid.affine,
        spacing_mm=(sj, si),
        stack=stack,
        plane=plan_plane(shape, (sj, si), scan, device=painted.device),
        survey=survey,
        noise_hu=noise_level(scan, water_mm=survey.water_mm, slice_mm=sk * stack.thickness),
        rng=source,
    )


def _is_axial(grid: Grid) -> bool:
    """Return whether the gantry turns about in the plane of the slices: reformats have no rays."""
    return abs(float(grid.affine[2, 2])) > 0.7 * grid.spacing_mm[2]


def _outside(grid: Grid, scan: ScanConfig, device: torch.device) -> Tensor | None:
    if scan.field_diameter_mm is None:
        return None
    return torch.as_tensor(outside_field(grid, scan.field_diameter_mm).T.copy(), device=device)


def _slab(series: Series, part: slice) -> Tensor:
    """Make some slices, before they are stored."""
    scan, plane = series.scan, series.plane
    centres = series.stack.centres()[part]
    slices = _averaged(series, centres)
    artefacts = _artefacts(series, slices, centres)
    if artefacts is not None:
        slices = slices + artefacts
    made = plane.filtered(slices)
    if scan.noise_hu > 0.0 or scan.tube_charge_mas is not None:
        made = made + _noise(series, centres)
    return made


def _averaged(series: Series, centres: NDArray[np.float64]) -> Tensor:
    """Average painted slices over the thickness of a slice, and over a breath."""
    still = _combined(series, centres)
    if series.scan.breathing_mm == 0.0:
        return still
    spacing = float(np.linalg.norm(series.affine[:3, 2]))
    shape = (still.shape[1], still.shape[2])
    moving = moving_share(series.affine, shape, device=still.device)
    shifts = displacements(centres * spacing, series.scan.breathing_mm) / spacing
    moved = sum((_combined(series, centres + shift) for shift in shifts), torch.zeros_like(still))
    return torch.lerp(still, 0.5 * moved, moving)


def _combined(series: Series, centres: NDArray[np.float64]) -> Tensor:
    painted, stack = series.painted, series.stack
    if stack.is_plain and np.array_equal(centres, np.rint(centres)):
        return painted[int(centres[0]) : int(centres[-1]) + 1]
    found = []
    for centre in centres:
        part, share = stack.weights(float(centre), len(painted))
        weights = torch.as_tensor(share, dtype=torch.float32, device=painted.device)
        found.append(torch.tensordot(weights, painted[part], dims=1))
    return torch.stack(found)


def _artefacts(series: Series, slices: Tensor, centres: NDArray[np.float64]) -> Tensor | None:
    """Return the shading of beam hardening and the streaks of metal; nothing where neither is."""
    scan, survey = series.scan, series.survey
    total: Tensor | None = None
    if survey.hardened_hu is not None:
        maps = _between(survey.hardened_hu, survey, centres) * scan.beam_hardening
        total = survey.square.lift(maps, (slices.shape[1], slices.shape[2]))
    if not scan.metal_artefacts:
        return total
    thrown = streaks(
        slices,
        (survey.square, _between(survey.paths, survey, centres)),
        series.spacing_mm,
        kvp=scan.kvp,
        noise_hu=series.noise_hu,
        rng=series.rng,
    )
    if total is None or thrown is None:
        return total if thrown is None else thrown
    return total + thrown


def _noise(series: Series, centres: NDArray[np.float64]) -> Tensor:
    """Return noise: strong where rays carry few photons, streaky along those that do."""
    plane, survey = series.plane, series.survey
    white = _white(series, centres)
    shares = [_between(maps, survey, centres) for maps in (survey.lateral, survey.frontal)]
    shares.append(1.0 - shares[0] - shares[1])
    variance = _between(survey.variance, survey, centres) * series.noise_hu**2
    total: Tensor | float = 0.0
    for share, gain in zip(shares, (plane.lateral, plane.frontal, plane.grain), strict=True):
        spread = survey.square.lift((variance * share).sqrt_(), plane.shape)
        total = plane.noise(white, gain) * spread + total
    assert isinstance(total, Tensor)  # noqa: S101 - three times something
    return total


def _white(series: Series, centres: NDArray[np.float64]) -> Tensor:
    """Draw white noise of unit variance, which overlapping slices share."""
    stack, count = series.stack, len(series.painted)
    if not stack.overlaps:
        return series.plane.white(len(centres), series.rng)
    found = []
    for centre in centres:
        part, share = stack.weights(float(centre), count)
        for gone in [cell for cell in series.cells if cell < part.start]:
            del series.cells[gone]
        for cell in range(part.start, part.stop):
            if cell not in series.cells:
                series.cells[cell] = series.plane.white(1, series.rng)[0]
        unit = share / np.linalg.norm(share)
        cells = range(part.start, part.stop)
        weighed = [series.cells[n] * float(w) for n, w in zip(cells, unit, strict=True)]
        found.append(torch.stack(weighed).sum(0))
    return torch.stack(found)


def _between(maps: Tensor, survey: Survey, centres: NDArray[np.float64]) -> Tensor:
    """Interpolate maps of the slices looked at to slices between."""
    place = np.clip((centres - survey.every // 2) / survey.every, 0.0, len(maps) - 1.0)
    low = np.minimum(place.astype(int), max(len(maps) - 2, 0))
    high = np.minimum(low + 1, len(maps) - 1)
    part = torch.as_tensor(place - low, dtype=maps.dtype, device=maps.device)
    shape = (-1, *[1] * (maps.ndim - 1))
    return torch.lerp(
        maps[torch.as_tensor(low, device=maps.device)],
        maps[torch.as_tensor(high, device=maps.device)],
        part.reshape(shape),
    )
