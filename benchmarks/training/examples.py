"""Patches to train on without a cohort: noisy ellipsoids whose brightness is their density."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: Voxels of a patch along left, posterior and superior, and their distance, millimetres.
SHAPE, SPACING_MM = (64, 64, 48), (1.0, 1.0, 1.0)

#: Half axes of a body, millimetres; attenuation about it and noise, HU.
_HALF_MM, _SOFT_HU, _NOISE_HU = (22.0, 16.0, 13.0), 40.0, 15.0

#: What holds the patches in a folder: attenuation, bodies, densities.
FILES = ("hu.npy", "inside.npy", "bmd.npy")

Patches = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]


def draw_patches(count: int, *, seed: int) -> Patches:
    """Return attenuation (HU), bodies, both ``(N, L, P, S)``, and densities (mg/cm3) ``(N,)``."""
    rng = np.random.default_rng(seed)
    bmd = rng.uniform(40.0, 200.0, count).astype(np.float32)
    middle = [(np.arange(n) - (n - 1) / 2.0) * d for n, d in zip(SHAPE, SPACING_MM, strict=True)]
    places = np.meshgrid(*middle, indexing="ij")
    halves = np.array(_HALF_MM) * rng.uniform(0.85, 1.15, (count, 3))
    inside = np.array(
        [sum((x / h) ** 2 for x, h in zip(places, half, strict=True)) <= 1.0 for half in halves]
    )
    hu = rng.normal(_SOFT_HU, _NOISE_HU, inside.shape).astype(np.float32)
    hu += inside * (bmd - np.float32(_SOFT_HU))[:, None, None, None]
    return hu, inside, bmd


def write_patches(folder: Path, patches: Patches) -> None:
    """Write patches as both sides read them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in zip(FILES, patches, strict=True):
        np.save(folder / name, values)


def read_patches(folder: Path) -> Patches:
    """Map what ``write_patches`` wrote."""
    hu, inside, bmd = (np.load(folder / name, mmap_mode="r") for name in FILES)
    return hu, inside, bmd
