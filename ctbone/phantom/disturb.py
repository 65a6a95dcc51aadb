"""Applying a randomisation to a rendered volume and its truth.

Lattices here are ``(K, J, I)``, as in ``painting``. All but the truth's few points is torch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ctbone.phantom.painting.raster import LABELS
from ctbone.phantom.randomise import Randomisation
from ctbone.phantom.rendering import Rendering, VertebraTruth
from ctbone.phantom.splines import at_points, basis, steepness
from ctbone.volume import CTVolume, Grid, to_indices, to_patient

Array = NDArray[np.float64]

#: Length over which the axes of a vertebra are followed, mm: within the body.
_ARM_MM = 8.0

#: What a displacement may change by over a millimetre: beyond one, space would fold.
_STEEPEST = 0.7

#: Times that the inverse of a deformation is refined: each leaves ``_STEEPEST`` of the error.
_REFINEMENTS = 20


def disturb(rendering: Rendering, randomisation: Randomisation, *, device: str) -> Rendering:
    """Deform a rendering with its truth, then spoil its picture.

    Args:
        rendering: A scan and its truth.
        randomisation: What to do.
        device: Where torch computes.
    """
    grid = rendering.volume.grid
    randomisation = _gentle(randomisation, grid)
    hu = _tensor(rendering.volume.hu, device)
    place = _sampling_grid(randomisation, grid, hu)
    kept = _kept(randomisation, grid)
    hu = _spoiled(_deformed(hu, place, "bilinear"), randomisation, grid)
    labels: dict[str, NDArray[np.uint8]] = {}
    cut: set[int] = set()
    for name in LABELS:
        found = _deformed(_tensor(getattr(rendering, name), device), place, "nearest")
        if name == "bodies":
            cut = _cut(found, kept)
        labels[name] = _narrowed(found, kept, 0.0).to(torch.uint8).cpu().numpy().T
    moved = (_moved(v, randomisation, grid) for v in rendering.vertebrae)
    return replace(
        rendering,
        volume=CTVolume(
            hu=_narrowed(hu, kept, randomisation.padding_hu).cpu().numpy().T,
            affine=grid.affine,
            series_uid="",
        ),
        vertebrae=tuple(
            replace(v, is_whole=v.is_whole and int(v.level) not in cut)
            for v in moved
            if _is_within(v, kept, grid)
        ),
        bodies=labels["bodies"],
        spine=labels["spine"],
        ribs=labels["ribs"],
        discs=labels["discs"],
    )


def _gentle(randomisation: Randomisation, grid: Grid) -> Randomisation:
    """Return a randomisation that does not fold a small lattice, where knots stand close."""
    i, j, k = np.maximum(np.array(grid.shape) - 1, 1) * grid.spacing_mm
    steep = steepness(randomisation.displacement_mm, (float(i), float(j), float(k)))
    if steep <= _STEEPEST:
        return randomisation
    gentle = randomisation.displacement_mm * (_STEEPEST / steep)
    return replace(randomisation, displacement_mm=gentle)


def _tensor(values: NDArray[np.generic], device: str) -> Tensor:
    return torch.from_numpy(np.array(values.T, np.float32, order="C")).to(device)


def _on_lattice(coefficients: Array, like: Tensor) -> Tensor:
    """Return splines on every voxel: coefficients ``(..., n, n, n)`` to ``(..., K, J, I)``."""
    values = torch.as_tensor(coefficients, dtype=torch.float32, device=like.device)
    for size in like.shape:
        along = basis(np.linspace(0.0, 1.0, size), coefficients.shape[-1])
        weights = torch.as_tensor(along, dtype=torch.float32, device=like.device)
        # The axis done goes to the end, so that three rounds put all in place.
        values = torch.movedim(values, -3, -1) @ weights.T
    return values


def _sampling_grid(randomisation: Randomisation, grid: Grid, like: Tensor) -> Tensor:
    """Return where each voxel takes its value from, in the form that grid_sample wants."""
    size = np.array(grid.shape)
    scale = 2.0 / (np.maximum(size - 1, 1) * grid.spacing_mm)
    shift = _on_lattice(randomisation.displacement_mm * scale[:, None, None, None], like)
    place = shift.movedim(0, -1).contiguous()
    for axis, count in enumerate(grid.shape):
        line = torch.linspace(-1.0, 1.0, count, device=like.device)
        place[..., axis] += line.reshape([-1 if d == 2 - axis else 1 for d in range(3)])
    return place[None]


def _deformed(values: Tensor, place: Tensor, mode: str) -> Tensor:
    sampled: Tensor = functional.grid_sample(
        values[None, None], place, mode=mode, padding_mode="border", align_corners=True
    )
    return sampled[0, 0]


def _moved(truth: VertebraTruth, randomisation: Randomisation, grid: Grid) -> VertebraTruth:
    """Return the truth of a vertebra where the deformation has taken it."""
    centre = np.array(truth.centroid_mm)
    ends = np.stack([centre, *(centre + _ARM_MM * truth.axes.T)])
    moved = _forward(ends, randomisation, grid)
    # The nearest rotation to what has become of the axes.
    left, _, right = np.linalg.svd((moved[1:] - moved[0]).T)
    x, y, z = (float(value) for value in moved[0])
    longer = float(np.linalg.norm(moved[3] - moved[0])) / _ARM_MM
    front, middle, back = (height * longer for height in truth.heights_mm)
    return replace(
        truth, centroid_mm=(x, y, z), axes=left @ right, heights_mm=(front, middle, back)
    )


def _forward(positions_mm: Array, randomisation: Randomisation, grid: Grid) -> Array:
    """Return where positions go: the voxel that takes its value from there."""
    wanted = to_indices(grid.affine, positions_mm)
    size, spacing = np.array(grid.shape), np.array(grid.spacing_mm)
    found = wanted
    for _ in range(_REFINEMENTS):
        shares = found / np.maximum(size - 1, 1)
        found = wanted - at_points(randomisation.displacement_mm, shares) / spacing
    return to_patient(grid.affine, found)


def _spoiled(hu: Tensor, randomisation: Randomisation, grid: Grid) -> Tensor:
    """Return a picture with texture, shading, streaks and blur."""
    generator = torch.Generator(hu.device).manual_seed(randomisation.seed)
    solid = ((hu + 900.0) / 800.0).clamp_(0.0, 1.0)
    hu = hu + solid * _texture(hu, randomisation.texture, grid, generator)
    hu += solid * _on_lattice(randomisation.shading_hu, hu)
    for streak in randomisation.streaks:
        _add_streaks(hu, solid, streak, generator)
    for axis, (sigma, step) in enumerate(zip(randomisation.blur_mm, grid.spacing_mm, strict=True)):
        hu = _blurred(hu, 2 - axis, sigma / step)
    return hu


def _texture(
    hu: Tensor, texture: tuple[float, float], grid: Grid, generator: torch.Generator
) -> Tensor:
    """Return noise of a standard deviation (HU) and a grain (mm)."""
    sd, grain = texture
    shape = [
        max(int(np.ceil(n * step / grain)), 2)
        for n, step in zip(grid.shape[::-1], grid.spacing_mm[::-1], strict=True)
    ]
    coarse = torch.randn((1, 1, *shape), generator=generator, device=hu.device)
    size = list(hu.shape)
    fine: Tensor = functional.interpolate(coarse, size=size, mode="trilinear")[0, 0]
    # Interpolation flattens the noise; what is left of it is brought to the spread asked for.
    return fine * (sd / fine.std().clamp(min=1e-6))


def _add_streaks(
    hu: Tensor,
    solid: Tensor,
    streak: tuple[float, float, float, float],
    generator: torch.Generator,
) -> None:
    """Add straight streaks of one direction to a band of slices, in place."""
    angle, middle, half, sd = streak
    depth, rows, columns = hu.shape
    first, last = (round((middle + s * half) * depth) for s in (-1.0, 1.0))
    band = slice(max(first, 0), max(last, 1))
    profile = torch.randn(rows + columns, generator=generator, device=hu.device)
    j = torch.arange(rows, device=hu.device)[:, None] * float(np.cos(angle))
    i = torch.arange(columns, device=hu.device)[None] * float(np.sin(angle))
    place = (i + j).long()
    place -= place.min().clone()
    hu[band] += solid[band] * profile[place] * sd


def _blurred(hu: Tensor, axis: int, sigma: float) -> Tensor:
    """Convolve one axis with a Gaussian of a standard deviation in voxels."""
    if sigma < 0.25:
        return hu
    reach = int(np.ceil(2.5 * sigma))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=hu.device) / sigma) ** 2)
    line = hu.movedim(axis, -1)
    flat = line.reshape(-1, 1, line.shape[-1])
    padded = functional.pad(flat, (reach, reach), mode="replicate")
    smooth = functional.conv1d(padded, (taps / taps.sum())[None, None])
    return smooth.reshape(line.shape).movedim(-1, axis)


def _kept(randomisation: Randomisation, grid: Grid) -> tuple[slice, slice]:
    """Return which columns and rows the field keeps: slices along ``i`` and ``j``."""
    if randomisation.field is None:
        return slice(0, grid.shape[0]), slice(0, grid.shape[1])
    centre = to_indices(grid.affine, np.zeros((1, 3)))[0]
    across, along = (
        slice(*(
            min(max(round(centre[axis] + end / grid.spacing_mm[axis]), 0), grid.shape[axis])
            for end in randomisation.field[axis]
        ))
        for axis in (0, 1)
    )  # fmt: skip
    return across, along


def _narrowed(values: Tensor, kept: tuple[slice, slice], outside: float) -> Tensor:
    """Return values of the field kept, with something else beside it."""
    found = torch.full_like(values, outside)
    found[:, kept[1], kept[0]] = values[:, kept[1], kept[0]]
    return found


def _cut(bodies: Tensor, kept: tuple[slice, slice]) -> set[int]:
    """Return labels of bodies that the end of the lattice or of the field cuts."""
    beside = bodies.clone()
    beside[1:-1, kept[1], kept[0]][:, 1:-1, 1:-1] = 0.0
    return {int(label) for label in torch.unique(beside).tolist()}


def _is_within(truth: VertebraTruth, kept: tuple[slice, slice], grid: Grid) -> bool:
    """Return whether the centre of a body lies in the field kept."""
    index = to_indices(grid.affine, np.array(truth.centroid_mm)[None])[0]
    ends = (*((part.start, part.stop) for part in kept), (0, grid.shape[2]))
    return all(low - 0.5 <= x <= high - 0.5 for x, (low, high) in zip(index, ends, strict=True))
