"""Fields of view of simulated patients: the localiser's inputs and targets.

Each draw is another scan of the patient: another field of view, narrow or short, mirrored or not,
with other noise, contrast and sharpness. Soft tissue is often flattened to one value or strewn
with lumps, so that the place of an organ cannot tell the level of a vertebra; bones can.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.localisation.naming.maps import to_localiser_input
from ctbone.training.cases import Case, read_case
from ctbone.training.recipe import LocaliserTraining
from ctbone.training.targets import around, to_targets

Floats = NDArray[np.float32]
_T = TypeVar("_T", bound=np.generic)

#: Attenuation above which unlabelled tissue counts as bone and is left alone, HU.
_BONE_HU = 180.0


class SimulatedFields:
    """Fields of view of patients that lie on disk."""

    def __init__(self, paths: tuple[Path, ...], *, config: LocaliserTraining) -> None:
        self._paths = paths
        self._config = config

    def __len__(self) -> int:
        return len(self._paths) * self._config.draws

    def draw(self, index: int, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        """Return input ``(W, L, P, S)`` and target ``(4 + M, L, P, S)``."""
        # Validation looks at the same fields of view at every epoch.
        rng = np.random.default_rng(index) if rng is None else rng
        return draw_field(self._paths[index // self._config.draws], self._config, rng)


def draw_field(
    path: Path, config: LocaliserTraining, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return input and target of one field of view of the case in a file."""
    case = cut_field(read_case(path), config.shape, rng)
    case = narrow(replace(case, hu=vary(case, rng)), rng)
    inputs = to_localiser_input(case.hu, config=config.network)
    return inputs, to_targets(case, config=config.network)


def cut_field(case: Case, shape: tuple[int, int, int], rng: np.random.Generator) -> Case:
    """Cut a box about some vertebra, mirrored half of the time; beyond the patient lies fat."""
    spread = (25.0, 10.0, 12.0) if rng.random() < 0.15 else (6.0, 5.0, 8.0)
    middle = case.centres[rng.integers(len(case.centres))] + rng.normal(0.0, spread)
    low = np.rint(middle - 0.5 * np.asarray(shape)).astype(int)
    hu = _box(case.hu.astype(np.float32), low, shape, fill=-100)
    body, disc, labels = (
        _box(part, low, shape, fill=0) for part in (case.body, case.disc, case.labels)
    )
    centres = (case.centres - low).astype(np.float32)
    if rng.random() < 0.5:
        hu = hu[::-1]
        body, disc, labels = (part[::-1] for part in (body, disc, labels))
        centres[:, 0] = shape[0] - 1.0 - centres[:, 0]
    return replace(case, hu=hu, body=body, disc=disc, labels=labels, centres=centres)


def vary(case: Case, rng: np.random.Generator) -> Floats:
    """Return attenuation with other tissue contrast, lumps, resolution and noise."""
    hu = case.hu.astype(np.float32)
    # Discs stand now below and now above the bodies, as they do between young and old.
    hu += case.body * np.float32(rng.normal(0.0, 30.0) / 255.0)
    is_soft = (case.labels == 0) & (hu < _BONE_HU)
    if rng.random() < 0.5:
        _flatten(hu, is_soft & (hu > -300.0), rng)
    for _ in range(rng.poisson(3.0)):
        _add_lump(hu, is_soft, rng)
    if rng.random() < 0.5:
        hu = ndimage.gaussian_filter(hu, rng.uniform(0.0, (0.4, 0.4, 0.8)))
    hu *= np.float32(rng.normal(1.0, 0.08))
    hu += np.float32(rng.normal(0.0, 15.0))
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    return hu + noise * np.float32(rng.uniform(0.0, 20.0))


def _box(
    values: NDArray[_T], low: NDArray[np.int_], shape: tuple[int, int, int], *, fill: int
) -> NDArray[_T]:
    """Cut a box that may reach beyond the array."""
    filled = np.full(shape, fill, dtype=values.dtype)
    start = np.clip(low, 0, values.shape)
    stop = np.clip(low + shape, start, values.shape)
    source = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    target = tuple(slice(a - n, b - n) for a, b, n in zip(start, stop, low, strict=True))
    filled[target] = values[source]
    return filled


def _flatten(hu: Floats, where: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Draw soft tissue towards one value, some of the way or all of it."""
    share = np.float32(rng.uniform(0.3, 1.0))
    hu[where] = (1.0 - share) * hu[where] + share * np.float32(rng.uniform(-60.0, 90.0))


def _add_lump(hu: Floats, where: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Put an ellipsoid of any attenuation into soft tissue."""
    radii = rng.uniform(2.0, 10.0, 3)
    centre = rng.uniform(0.0, hu.shape)
    box = around(centre, radii, hu.shape)
    grid = np.ogrid[box]
    away = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True))
    inside = (away < 1.0) & where[box]
    hu[box][inside] = rng.choice([rng.uniform(-950.0, -100.0), rng.uniform(-50.0, 400.0)])


def narrow(case: Case, rng: np.random.Generator) -> Case:
    """Keep a part of the field; what lies outside is fat, or air outside a circle."""
    seen = np.zeros(case.hu.shape, dtype=np.bool_)
    seen[_part(case.hu.shape, rng)] = True
    hu = np.where(seen, case.hu, np.float32(-100.0))
    if rng.random() < 0.2:
        outside = _outside_circle(case.hu.shape, rng)
        hu[outside], seen[outside] = -1024.0, False
    corners = np.rint(case.centres).astype(int)
    inside = np.all((corners >= 0) & (corners < case.hu.shape), axis=1)
    inside[inside] = seen[tuple(corners[inside].T)]
    return replace(
        case,
        hu=hu,
        body=case.body * seen,
        disc=case.disc * seen,
        labels=case.labels * seen,
        centres=case.centres[inside],
        levels=case.levels[inside],
    )


def _part(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[slice, ...]:
    """Draw the box that a scan covers."""
    shares = [1.0, 1.0, 1.0]
    if rng.random() < 0.35:
        shares[:2] = [rng.uniform(0.42, 1.0), rng.uniform(0.5, 1.0)]
    if rng.random() < 0.4:
        shares[2] = rng.uniform(0.3, 1.0)
    lengths = [max(round(share * n), 8) for share, n in zip(shares, shape, strict=True)]
    # Sideways the spine stays in the field, along it the field may begin and end anywhere.
    starts = [(n - m) // 2 for n, m in zip(shape, lengths, strict=True)]
    starts[2] = int(rng.integers(shape[2] - lengths[2] + 1))
    return tuple(slice(a, a + m) for a, m in zip(starts, lengths, strict=True))


def _outside_circle(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.bool_]:
    left, posterior = np.ogrid[: shape[0], : shape[1]]
    radius = rng.uniform(0.45, 0.75) * max(shape[:2])
    away = (left - 0.5 * shape[0]) ** 2 + (posterior - 0.55 * shape[1]) ** 2
    return np.asarray(away > radius**2)
