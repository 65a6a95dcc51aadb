"""How a patch is varied while a head is trained: as another scan of the patient might show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ctbone.patches import VertebraPatch

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class Variation:
    """How a patch is varied from draw to draw; attenuation itself is never scaled."""

    shift_mm: float = 2.0
    """Standard deviation of a shift along each axis, as localisation errs, millimetres."""
    noise_hu: float = 15.0
    """Greatest standard deviation of added noise, HU."""
    mirror: bool = True
    """Whether left and right are exchanged half of the time."""


def vary_patch(
    patch: VertebraPatch, variation: Variation, rng: np.random.Generator
) -> VertebraPatch:
    """Return the patch shifted, mirrored and with noise, as another scan might have shown it."""
    steps = rng.normal(0.0, variation.shift_mm, 3) / patch.spacing_mm
    whole = np.rint(steps).astype(int)
    hu, inside = _shifted(patch.hu, whole), _shifted(patch.inside, whole)
    if variation.mirror and rng.random() < 0.5:
        hu, inside = hu[::-1], inside[::-1]
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    hu = hu + noise * np.float32(rng.uniform(0.0, variation.noise_hu))
    return replace(patch, hu=hu, inside=inside)


def _shifted(values: NDArray[_T], steps: NDArray[np.int_]) -> NDArray[_T]:
    """Move an array by whole voxels, repeating its edges."""
    indices = [
        np.clip(np.arange(n) - step, 0, n - 1) for n, step in zip(values.shape, steps, strict=True)
    ]
    return values[np.ix_(*indices)]
