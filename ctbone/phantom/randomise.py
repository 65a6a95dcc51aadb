"""Domain randomisation: what training needs beyond what patients and scanners do.

Anatomy stays plausible, since shapes deform smoothly and together; everything else may leave
reality far behind. A network that has seen worse than real is less surprised by the real. It is a
switch of its own: nothing here touches a cohort that is exported.

Sampling and applying are apart: ``sample_randomisation`` draws a record, ``disturb`` applies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ctbone.phantom.tissue import Tissue

Array = NDArray[np.float64]

#: Control points of the deformation a side, those outside the lattice included.
_KNOTS = 8


@dataclass(frozen=True, kw_only=True)
class RandomisationConfig:
    """How far to go. Every spread is inferred: chosen to cover reality with room to spare."""

    deformation_mm: float = 4.0
    """Standard deviation of the displacement of a shape, mm."""
    tissue_sd_hu: float = 25.0
    """Standard deviation of the shift of each tissue's attenuation, HU."""
    bone_slope_sd: float = 0.2
    """Standard deviation of the logarithm of bone's attenuation relative to the real."""
    texture_hu: tuple[float, float] = (0.0, 30.0)
    """Least and greatest standard deviation of random texture, HU."""
    texture_scale_mm: tuple[float, float] = (6.0, 40.0)
    """Least and greatest size of its grain, mm."""
    shading_hu: tuple[float, float] = (0.0, 40.0)
    """Least and greatest standard deviation of a shading across the whole field, HU."""
    blur_mm: tuple[float, float] = (0.0, 3.0)
    """Least and greatest extra blur along each axis, standard deviation, mm."""
    noise_hu: tuple[float, float] = (3.0, 60.0)
    """Least and greatest standard deviation of the scanner's noise, HU."""
    streak_fraction: float = 0.3
    """Share of volumes with streaks."""
    streak_hu: tuple[float, float] = (20.0, 200.0)
    """Least and greatest standard deviation of streaks, HU."""
    truncated_fraction: float = 0.5
    """Share of volumes whose field is narrowed."""
    least_field_mm: float = 110.0
    """Narrowest field from side to side and front to back, mm."""

    def __post_init__(self) -> None:
        for name in ("deformation_mm", "tissue_sd_hu", "bone_slope_sd"):
            if (found := getattr(self, name)) < 0.0:
                raise ValueError(f"{name} must not be negative, got {found}")
        for name in ("texture_hu", "texture_scale_mm", "shading_hu", "blur_mm", "noise_hu",
                     "streak_hu"):  # fmt: skip
            low, high = getattr(self, name)
            if not 0.0 <= low <= high:
                raise ValueError(f"{name} must be at least 0 and ascend, got {low} to {high}")
        for name in ("streak_fraction", "truncated_fraction"):
            if not 0.0 <= (found := getattr(self, name)) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {found}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Randomisation:
    """What is done to one volume.

    Attributes:
        displacement_mm: Coefficients of cubic B-splines over the lattice for the displacement
            along ``i``, ``j`` and ``k``, shape ``(3, n, n, n)`` with axes ``k, j, i``.
        tissue_shift_hu: Added to the attenuation of each tissue.
        bone_slope: Attenuation of bone relative to the real.
        noise_hu: Standard deviation of the scanner's noise.
        texture: Standard deviation (HU) and grain (mm) of random texture.
        shading_hu: Coefficients of a smooth shading, shape ``(n, n, n)`` with axes ``k, j, i``.
        blur_mm: Extra blur along ``i``, ``j`` and ``k``, standard deviations.
        streaks: Direction (radians), middle and half-width along ``k`` (shares of the lattice)
            and standard deviation (HU) of each band of streaks.
        field: Lower and upper end of what is kept along ``i`` and ``j``, as millimetres from
            where the spine lies; ``None`` for the whole.
        padding_hu: What lies outside the field kept.
        seed: Source of texture and streaks.
    """

    displacement_mm: Array
    tissue_shift_hu: Mapping[Tissue, float]
    bone_slope: float
    noise_hu: float
    texture: tuple[float, float]
    shading_hu: Array
    blur_mm: tuple[float, float, float]
    streaks: tuple[tuple[float, float, float, float], ...]
    field: tuple[tuple[float, float], tuple[float, float]] | None
    padding_hu: float
    seed: int


def sample_randomisation(config: RandomisationConfig, *, seed: int) -> Randomisation:
    """Draw what is done to one volume; the same seed gives the same."""
    rng = np.random.default_rng((seed, 8))
    shifts = rng.normal(0.0, config.tissue_sd_hu, len(Tissue))
    shading = rng.uniform(*config.shading_hu)
    return Randomisation(
        displacement_mm=rng.normal(0.0, _spline_gain(config.deformation_mm), (3, *[_KNOTS] * 3)),
        # Air and lung keep theirs: a body floating in muscle is no body.
        tissue_shift_hu={
            tissue: float(shift)
            for tissue, shift in zip(Tissue, shifts, strict=True)
            if tissue not in (Tissue.AIR, Tissue.LUNG, Tissue.GAS)
        },
        bone_slope=float(np.exp(rng.normal(0.0, config.bone_slope_sd))),
        noise_hu=_skewed(config.noise_hu, rng),
        texture=(_skewed(config.texture_hu, rng), float(rng.uniform(*config.texture_scale_mm))),
        shading_hu=rng.normal(0.0, _spline_gain(shading), [_KNOTS] * 3),
        blur_mm=(*(_skewed(config.blur_mm, rng) for _ in range(3)),),  # type: ignore[arg-type]
        streaks=_streaks(config, rng),
        field=_field(config, rng),
        # Fat mostly: real fields end inside the patient.
        padding_hu=float(rng.choice([-100.0, -100.0, -100.0, -1000.0, -1024.0])),
        seed=int(rng.integers(2**31)),
    )


def _spline_gain(sd: float) -> float:
    """Return the spread of coefficients whose spline has the spread ``sd``.

    A cubic B-spline lattice averages independent coefficients: between and at the knots the
    squares of its weights sum to 0.479 an axis on average.
    """
    return float(sd / 0.479**1.5)


def _skewed(limits: tuple[float, float], rng: Generator) -> float:
    """Draw between two limits, more often near the lower."""
    low, high = limits
    return float(low + (high - low) * rng.random() ** 2)


def _streaks(
    config: RandomisationConfig, rng: Generator
) -> tuple[tuple[float, float, float, float], ...]:
    if rng.random() >= config.streak_fraction:
        return ()
    return tuple(
        (
            float(rng.uniform(0.0, np.pi)),
            float(rng.random()),
            float(rng.uniform(0.02, 0.15)),
            _skewed(config.streak_hu, rng),
        )
        for _ in range(int(rng.integers(1, 5)))
    )


def _field(
    config: RandomisationConfig, rng: Generator
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Draw a field that holds the spine, which lies behind the middle of most."""
    if rng.random() >= config.truncated_fraction:
        return None
    width, depth = rng.uniform(config.least_field_mm, 3.0 * config.least_field_mm, 2)
    across, along = rng.uniform(0.35, 0.65), rng.uniform(0.4, 0.7)
    return (
        (float(-across * width), float((1.0 - across) * width)),
        (float(-along * depth), float((1.0 - along) * depth)),
    )
