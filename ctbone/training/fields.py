"""Fields of view of simulated patients: the localiser's inputs and targets.

Each draw is another scan of the patient: another field of view, narrow or short, mirrored or not,
with other noise, contrast and sharpness. Soft tissue is often flattened to one value or strewn
with lumps, so that the place of an organ cannot tell the level of a vertebra; bones can.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.decode import DecodeConfig
from ctbone.localisation.maps import to_localiser_input
from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import KINDS
from ctbone.training.simulated import ARCH, RIB, Case, read_case

Floats = NDArray[np.float32]
_T = TypeVar("_T", bound=np.generic)

#: Standard deviation of the heat about the centre of a body, millimetres.
_HEAT_MM = 8.0

#: Attenuation above which unlabelled tissue counts as bone and is left alone, HU.
_BONE_HU = 180.0


@dataclass(frozen=True, kw_only=True)
class LocaliserTraining:
    """What the localiser is trained on."""

    network: LocaliserConfig
    """The network and its input."""
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    """How its maps become vertebrae; goes into the card."""
    patients: int = 360
    """Simulated patients to train on."""
    validation_patients: int = 24
    """Others, for choosing the best epoch."""
    test_patients: int = 60
    """Others again, for the model card: scanned and located as a study would be."""
    draws: int = 2
    """Fields of view taken from each patient in one epoch."""
    shape: tuple[int, int, int] = (64, 64, 96)
    """Voxels of a field of view: left, posterior, superior; multiples of the network's stride."""
    cache: Path | None = None
    """Folder for the rendered patients; by default ``simulated`` in the output folder."""

    def __post_init__(self) -> None:
        if any(n % self.network.stride for n in self.shape):
            raise ValueError(f"shape must be multiples of {self.network.stride}, got {self.shape}")
        for name in ("patients", "validation_patients", "draws"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")


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
        case = read_case(self._paths[index // self._config.draws])
        case = cut_field(case, self._config.shape, rng)
        case = narrow(replace(case, hu=vary(case, rng)), rng)
        inputs = to_localiser_input(case.hu, config=self._config.network)
        return inputs, to_targets(case, config=self._config.network)


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
        hu, body, disc, labels = (part[::-1] for part in (hu, body, disc, labels))
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


def to_targets(case: Case, *, config: LocaliserConfig) -> Floats:
    """Return heat, body share, index of the level plus one, that of the kind, then the context.

    Both indices are 0 where there is no vertebra and no rib; ribs and arches carry the level of
    the vertebra that they belong to, so that the network learns to trace them there.
    """
    heat = np.zeros(case.hu.shape, dtype=np.float32)
    for centre in case.centres:
        _add_heat(heat, centre, sigma=_HEAT_MM / config.spacing_mm)
    level = np.zeros(256, dtype=np.float32)
    for k, one in enumerate(config.vertebral_levels):
        level[[one, one + RIB, one + ARCH]] = k + 1
    is_rib = (case.labels >= RIB) & (case.labels < ARCH)
    context = {
        "ribs": is_rib,
        "arches": case.labels >= ARCH,
        "discs": case.disc.astype(np.float32) / np.float32(255.0),
    }
    return np.stack(
        [
            heat,
            case.body.astype(np.float32) / np.float32(255.0),
            level[case.labels],
            _kinds(case.ribbed)[case.labels],
            *(context[name].astype(np.float32) for name in config.context),
        ]
    )


def _kinds(ribbed: NDArray[np.uint8]) -> Floats:
    """Return the index of the kind plus one of every label, given which levels bear ribs."""
    kinds = np.zeros(256, dtype=np.float32)
    order = sorted(VertebralLevel, key=lambda level: level.order)
    with_ribs = [level for level in order if level in ribbed]
    for level in order:
        kinds[[level, level + ARCH]] = 1 + KINDS.index(_kind(level, with_ribs))
    for level in with_ribs:
        kinds[level + RIB] = 1 + KINDS.index("rib")
    for name, ends in (("first_rib", with_ribs[:1]), ("last_rib", with_ribs[-1:])):
        kinds[[level + RIB for level in ends]] = 1 + KINDS.index(name)
    return kinds


def _kind(level: VertebralLevel, with_ribs: list[VertebralLevel]) -> str:
    if level is VertebralLevel.S1:
        return "sacral"
    if level in with_ribs:
        return "ribbed"
    above = bool(with_ribs) and level.order < with_ribs[0].order
    return "neck" if above else "lumbar"


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
    box = _around(centre, radii, hu.shape)
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


def _add_heat(heat: Floats, centre: Floats, *, sigma: float) -> None:
    box = _around(centre, np.full(3, 3.0 * sigma), heat.shape)
    away = sum((g - c) ** 2 for g, c in zip(np.ogrid[box], centre, strict=True))
    heat[box] = np.maximum(heat[box], np.exp(-0.5 * away / sigma**2).astype(np.float32))


def _around(
    centre: NDArray[np.floating], reach: NDArray[np.floating], shape: tuple[int, ...]
) -> tuple[slice, slice, slice]:
    low = np.clip(np.floor(centre - reach), 0, shape).astype(int)
    high = np.clip(np.ceil(centre + reach) + 1, 0, shape).astype(int)
    i, j, k = (slice(int(a), int(max(a, b))) for a, b in zip(low, high, strict=True))
    return i, j, k
