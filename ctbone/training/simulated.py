"""Simulated patients on the localiser's grid, rendered once and kept on disk.

Rendering is the slow part of training, so each patient is rendered whole, lying and scanned in a
way of its own, and kept with its truth; ``fields`` then varies what costs little.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import (
    PatientConfig,
    RandomisationConfig,
    Rendering,
    ScanConfig,
    VariantConfig,
    render,
    sample_patient,
    sample_randomisation,
)
from ctbone.resampling import resample
from ctbone.training.cases import ARCH, RIB, Case, write_case
from ctbone.volume import Grid, to_indices

#: Part of a patient that is rendered: left, posterior, superior, millimetres, about the centre of
#: L1; from the neck to the hips, from the belly to the table, without the arms.
_FIRST_MM = (-180.0, -180.0, -320.0)
_LAST_MM = (180.0, 120.0, 420.0)

#: The rendering is this much finer than the localiser's grid, so that its edges are soft.
_FINER = 2

#: How far beyond reality most patients go. Fields of view, and most of the noise, are drawn anew
#: each time that a patient is looked at.
_BEYOND = RandomisationConfig(noise_hu=(3.0, 40.0), blur_mm=(0.0, 2.0), truncated_fraction=0.0)
_BEYOND_SHARE = 0.7


def simulate_case(seed: int, *, spacing_mm: float, device: str = "cpu") -> Case:
    """Draw a patient and a scan of it.

    Args:
        seed: The same seed gives the same patient, position and scan.
        spacing_mm: Voxel side of the case.
        device: Where it is painted; noise differs between kinds of device.
    """
    rng = np.random.default_rng((seed, 11))
    # Variants of the spine are drawn more often than they occur, so that they are learnt at all.
    config = PatientConfig(
        t13_fraction=0.08,
        l6_fraction=0.08,
        four_lumbar_fraction=0.08,
        variants=VariantConfig(
            stub_rib_fraction=0.15,
            absent_rib_fraction=0.05,
            lumbar_rib_fraction=0.1,
            transitional_fraction=0.2,
        ),
    )
    grid = _tilted_grid(spacing_mm / _FINER, rng)
    scan = _draw_scan(rng)
    patient = sample_patient(config, seed=seed)
    beyond = sample_randomisation(_BEYOND, seed=seed) if rng.random() < _BEYOND_SHARE else None
    return _coarsen(
        render(patient, grid=grid, scan=scan, seed=seed, device=device, randomisation=beyond)
    )


def case_path(folder: Path, seed: int, *, spacing_mm: float) -> Path:
    """Return where the case of a seed is kept."""
    return folder / f"{spacing_mm:g}mm-{seed:07d}.npz"


def prepare_case(folder: Path, seed: int, *, spacing_mm: float, device: str = "cpu") -> Path:
    """Render a case that the folder lacks and return its path."""
    path = case_path(folder, seed, spacing_mm=spacing_mm)
    if not path.is_file():
        write_case(simulate_case(seed, spacing_mm=spacing_mm, device=device), path)
    return path


def _tilted_grid(spacing_mm: float, rng: np.random.Generator) -> Grid:
    """Return a grid that lies about a patient a little askew."""
    # Beyond what patients do on a table; gantry tilt up to 20 degrees is pitch.
    angles = np.clip(rng.normal(0.0, (4.0, 7.0, 4.0)), -20.0, 20.0)
    turn = Rotation.from_euler("zxy", angles, degrees=True).as_matrix()
    first, last = np.asarray(_FIRST_MM), np.asarray(_LAST_MM)
    shape = tuple(int(n) // _FINER * _FINER for n in (last - first) / spacing_mm)
    affine = np.eye(4)
    affine[:3, :3] = turn * spacing_mm
    affine[:3, 3] = turn @ (first + rng.uniform(-4.0, 4.0, 3))
    return Grid((shape[0], shape[1], shape[2]), affine)


def _draw_scan(rng: np.random.Generator) -> ScanConfig:
    return ScanConfig(
        kvp=rng.choice([80, 100, 120, 120, 140]),
        phase=rng.choice(["none", "none", "arterial", "portal", "portal"]),
        kernel=rng.choice(["smooth", "standard", "sharp", "ultra"]),
        iterative=float(rng.uniform(0.0, 0.8)),
        beam_hardening=float(rng.uniform(0.0, 1.5)),
        slice_thickness_mm=float(rng.uniform(1.0, 6.0)),
        noise_hu=float(rng.uniform(5.0, 40.0)),
        bone_slope=float(rng.normal(1.0, 0.06)),
        offset_hu=float(rng.normal(0.0, 5.0)),
        table=bool(rng.random() < 0.8),
    )


def _coarsen(scan: Rendering) -> Case:
    scan = _without_neck(scan)
    spacing = tuple(_FINER * side for side in scan.volume.spacing_mm)
    hu = resample(scan.volume, spacing_mm=spacing)
    labels = np.where(scan.bodies > 0, scan.bodies, 0)
    labels = np.where((labels == 0) & (scan.spine > 0), scan.spine + ARCH, labels)
    labels = np.where((labels == 0) & (scan.ribs > 0), scan.ribs + RIB, labels)
    centres = np.asarray([v.centroid_mm for v in scan.vertebrae]).reshape(-1, 3)
    return Case(
        hu=np.rint(hu.hu).astype(np.int16),
        body=_share(scan.bodies > 0),
        disc=_share(scan.discs > 0),
        labels=_prefer_bodies(_blocks(labels.astype(np.uint8))),
        centres=to_indices(hu.affine, centres).astype(np.float32),
        levels=np.asarray([v.level for v in scan.vertebrae], dtype=np.uint8),
        ribbed=np.setdiff1d(scan.ribs, 0).astype(np.uint8),
    )


def _without_neck(scan: Rendering) -> Rendering:
    """Take the vertebrae above C5 out of the truth: no CT of the trunk is there to name them."""
    upper = VertebralLevel.C5
    bodies, spine = (
        np.where(labels < upper, np.uint8(0), labels) for labels in (scan.bodies, scan.spine)
    )
    kept = tuple(v for v in scan.vertebrae if v.level >= upper)
    return replace(scan, bodies=bodies, spine=spine, vertebrae=kept)


def _share(inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return how much of each coarse voxel is inside, 0 to 255."""
    blocks = _blocks(inside.astype(np.float32)).mean(axis=(1, 3, 5))
    return np.asarray(np.rint(255.0 * blocks), dtype=np.uint8)


def _blocks(values: NDArray[np.generic]) -> NDArray[np.generic]:
    i, j, k = (n // _FINER for n in values.shape)
    return values.reshape(i, _FINER, j, _FINER, k, _FINER)


def _prefer_bodies(blocks: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return one label a block: a body's where there is one, else the largest."""
    labels = np.asarray(blocks, dtype=np.uint8)
    bodies = np.where(labels < RIB, labels, 0).max(axis=(1, 3, 5))
    return np.asarray(np.where(bodies > 0, bodies, labels.max(axis=(1, 3, 5))), dtype=np.uint8)
