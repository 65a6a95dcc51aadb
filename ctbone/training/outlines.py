"""Vertebrae cut out of simulated spines: the outliner's inputs and targets.

Each draw is another scan of a stretch: slices at another distance, another field of view, the crop
a little beside the vertebra and askew, as the coarse stage leaves it, mirrored or not, with other
contrast, sharpness and noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from ctbone.localisation.outlining.crops import crop_grid, to_outliner_input
from ctbone.networks.outliner import OTHER_BODIES, OWN_ARCH, OWN_BODY, PARTS, OutlinerConfig
from ctbone.resampling import sample_onto
from ctbone.training.stretches import ARCH, Stretch, read_stretch
from ctbone.volume import Grid, to_indices, to_patient

Floats = NDArray[np.float32]

#: Attenuation above which unlabelled tissue counts as bone or vessel and is left alone, HU.
_BONE_HU = 180.0

#: How far the crop may lie beside the vertebra, millimetres: standard deviation, and at most.
_JITTER_MM, _MOST_MM = 3.0, 9.0

#: How far it may lie askew, degrees: standard deviation about left, posterior and superior. About
#: superior it is most, since the curve of a spine does not tell it.
_ASKEW_DEG = (6.0, 6.0, 8.0)

#: Standard deviation of the logarithm by which a vertebra is stretched along each of its axes.
_SCALE_SD = 0.06

#: Share of series with padding outside a circle, and of those that end within reach of a vertebra.
_CIRCLES, _CUT = 0.1, 0.3

#: Radii of such circles, millimetres.
_RADII_MM = (45.0, 75.0)


@dataclass(frozen=True, kw_only=True)
class OutlinerTraining:
    """What the outliner is trained on."""

    network: OutlinerConfig = field(default_factory=OutlinerConfig)
    """The network and its input."""
    stretches: int = 400
    """Simulated stretches of spine to train on, each of two to four vertebrae."""
    validation_stretches: int = 14
    """Others, for choosing the best epoch."""
    draws: int = 2
    """Vertebrae taken from each stretch in one epoch."""
    cache: Path | None = None
    """Folder for the rendered stretches; by default ``simulated`` in the output folder."""

    def __post_init__(self) -> None:
        for name in ("stretches", "validation_stretches", "draws"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")


class SimulatedOutlines:
    """Vertebrae of stretches that lie on disk."""

    def __init__(self, paths: tuple[Path, ...], *, config: OutlinerConfig, draws: int) -> None:
        self._paths = paths
        self._config = config
        self._draws = draws

    def __len__(self) -> int:
        return len(self._paths) * self._draws

    def draw(self, index: int, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        """Return input ``(W, L, P, S)`` and the share of each part, ``(3, L, P, S)``."""
        # Validation looks at the same crops at every epoch.
        rng = np.random.default_rng(index) if rng is None else rng
        stretch = read_stretch(self._paths[index // self._draws])
        slices = rescan(stretch, rng)
        number = int(rng.integers(len(stretch.levels)))
        grid = jittered_grid(stretch, number, config=self._config, rng=rng)
        hu = sample_onto(slices.hu, slices.affine, grid, outside=self._config.padding_hu)
        parts = part_shares(slices.labels, stretch.affine, grid, level=int(stretch.levels[number]))
        if rng.random() < 0.5:
            hu, parts = hu[::-1], parts[:, ::-1]
        inputs = to_outliner_input(vary(hu, parts, rng), config=self._config)
        return inputs, np.ascontiguousarray(parts)


@dataclass(frozen=True, eq=False)
class Slices:
    """A stretch as one series shows it.

    Attributes:
        hu: Attenuation, shape ``(I, J, K)``.
        affine: Its voxel index to patient position.
        labels: Those of the stretch and on its lattice, nowhere beyond the field of the series.
    """

    hu: NDArray[np.int16]
    affine: NDArray[np.float64]
    labels: NDArray[np.uint8]


def rescan(stretch: Stretch, rng: np.random.Generator) -> Slices:
    """Return a stretch as slices at a distance of their own, in a field of view of its own."""
    hu, labels = stretch.hu, stretch.labels
    if rng.random() < _CIRCLES:
        hu, labels = _within_circle(hu, labels, rng)
    i, j, k = _field(stretch, rng)
    distance = stretch.thickness_mm * float(rng.choice([0.5, 0.8, 1.0, 1.0, 1.0]))
    step = max(round(distance / float(np.linalg.norm(stretch.affine[:3, 2]))), 1)
    first = min(k.start + int(rng.integers(step)), k.stop - 1)
    taken = hu[i, j, first : k.stop : step]
    # A series shows half a slice beyond the middles of the first and the last.
    last = first + step * (taken.shape[2] - 1)
    seen = (i, j, slice(max(first - step // 2, 0), last + step // 2 + 1))
    kept = np.zeros_like(labels)
    kept[seen] = labels[seen]
    affine = stretch.affine.copy()
    affine[:3, 3] = to_patient(affine, np.array([[i.start, j.start, first]], np.float64))[0]
    affine[:3, 2] *= step
    return Slices(taken, affine, kept)


def jittered_grid(
    stretch: Stretch, number: int, *, config: OutlinerConfig, rng: np.random.Generator
) -> Grid:
    """Return a crop about a vertebra, as far beside it and askew as the coarse stage may be."""
    shift = rng.normal(0.0, _JITTER_MM, 3)
    shift *= min(1.0, _MOST_MM / float(np.linalg.norm(shift)))
    turn = Rotation.from_rotvec(np.deg2rad(rng.normal(0.0, _ASKEW_DEG))).as_matrix()
    axes = stretch.axes[number] @ turn
    crop = crop_grid(stretch.centres_mm[number] + shift, axes, config=config)
    # Coarser or finer along one axis: another patient, wider or flatter.
    affine = crop.affine.copy()
    affine[:3, :3] *= np.exp(np.clip(rng.normal(0.0, _SCALE_SD, 3), -0.2, 0.2))
    middle = (np.asarray(config.shape) - 1) / 2.0
    affine[:3, 3] += (crop.affine[:3, :3] - affine[:3, :3]) @ middle
    return Grid(config.shape, affine)


def part_shares(
    labels: NDArray[np.uint8], affine: NDArray[np.float64], grid: Grid, *, level: int
) -> Floats:
    """Return how much of each voxel lies in each part of one vertebra, ``(3, L, P, S)``."""
    part = np.zeros(256, dtype=np.uint8)
    part[1:ARCH] = 1 + OTHER_BODIES
    part[level], part[level + ARCH] = 1 + OWN_BODY, 1 + OWN_ARCH
    counts = np.zeros((PARTS, *grid.shape), dtype=np.uint8)
    # Eight points a voxel, since interpolating each part would take ten times as long.
    for shift in product((-0.25, 0.25), repeat=3):
        here = part[_labels_at(labels, affine, grid, shift)]
        for number in range(PARTS):
            counts[number] += here == 1 + number
    # What a spine grows before the canal, at the rims of its bodies, is no arch.
    counts[OWN_ARCH][:, : grid.shape[1] // 3] = 0
    return counts.astype(np.float32) / np.float32(8.0)


def _labels_at(
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    grid: Grid,
    shift: tuple[float, ...],
) -> NDArray[np.uint8]:
    """Return the labels nearest to the points beside the voxels of a grid by a part of a voxel."""
    to_index = (np.linalg.inv(affine) @ grid.affine).astype(np.float32)
    i, j, k = (np.arange(n, dtype=np.float32) + s for n, s in zip(grid.shape, shift, strict=True))
    flat, inside = np.zeros(grid.shape, dtype=np.int32), np.ones(grid.shape, dtype=np.bool_)
    for row, count in zip(to_index, labels.shape, strict=False):
        plane = (row[0] * i + row[3])[:, None, None] + (row[1] * j)[:, None]
        place = np.rint(plane + row[2] * k).astype(np.int32)
        inside &= (place >= 0) & (place < count)
        flat = flat * count + place
    return np.where(inside, labels.reshape(-1)[np.where(inside, flat, 0)], np.uint8(0))


def vary(hu: Floats, parts: Floats, rng: np.random.Generator) -> Floats:
    """Return attenuation with other tissue contrast, lumps, resolution and noise."""
    bodies = parts[OWN_BODY] + parts[OTHER_BODIES]
    # Discs stand now below and now above the bodies, as they do between young and old.
    hu = hu + bodies * np.float32(rng.normal(0.0, 30.0))
    is_soft = (bodies + parts[OWN_ARCH] < 0.02) & (hu < _BONE_HU)
    if rng.random() < 0.4:
        _flatten(hu, is_soft & (hu > -300.0), rng)
    for _ in range(rng.poisson(2.0)):
        _add_lump(hu, is_soft, rng)
    if rng.random() < 0.4:
        hu = ndimage.gaussian_filter(hu, rng.uniform(0.0, 0.8, 3))
    hu *= np.float32(rng.normal(1.0, 0.08))
    hu += np.float32(rng.normal(0.0, 15.0))
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    hu += noise * np.float32(25.0 * rng.random() ** 2)
    return hu


def _field(stretch: Stretch, rng: np.random.Generator) -> tuple[slice, slice, slice]:
    """Draw the box that a scan covers: all there is, or with one side cut off."""
    ends = [[0, n] for n in stretch.labels.shape]
    if rng.random() < _CUT:
        axis, side = int(rng.choice(3, p=(0.2, 0.3, 0.5))), int(rng.integers(2))
        # From just clear of some body to through its middle.
        number = int(rng.integers(len(stretch.levels)))
        middle = to_indices(stretch.affine, stretch.centres_mm[number][None])[0, axis]
        beyond = rng.uniform(0.0, 45.0)
        low, high = int(max(middle - beyond, 0)), int(min(middle + beyond, ends[axis][1]))
        ends[axis][side] = max(high, 10) if side else min(low, ends[axis][1] - 10)
    i, j, k = (slice(low, high) for low, high in ends)
    return i, j, k


def _within_circle(
    hu: NDArray[np.int16], labels: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Put padding outside a circle, as reconstructions of a small field have it."""
    left, posterior = np.ogrid[: hu.shape[0], : hu.shape[1]]
    x, y = (0.5 * n + rng.normal(0.0, 15.0) for n in hu.shape[:2])
    outside = np.hypot(left - x, posterior - y) > rng.uniform(*_RADII_MM)
    padding = np.int16(rng.choice([-1024, -1024, -2000]))
    hu = np.where(outside[..., None], padding, hu)
    return hu, np.where(outside[..., None], np.uint8(0), labels)


def _flatten(hu: Floats, where: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Draw soft tissue towards one value, some of the way or all of it."""
    share = np.float32(rng.uniform(0.3, 1.0))
    hu[where] = (1.0 - share) * hu[where] + share * np.float32(rng.uniform(-60.0, 90.0))


def _add_lump(hu: Floats, where: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Put an ellipsoid of any attenuation into soft tissue."""
    radii, centre = rng.uniform(3.0, 16.0, 3), rng.uniform(0.0, hu.shape)
    low = np.clip(np.floor(centre - radii), 0, hu.shape).astype(int)
    high = np.clip(np.ceil(centre + radii) + 1, 0, hu.shape).astype(int)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    grid = np.ogrid[box]
    away = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True))
    inside = (away < 1.0) & where[box]
    hu[box][inside] = rng.choice([rng.uniform(-950.0, -100.0), rng.uniform(-50.0, 450.0)])
