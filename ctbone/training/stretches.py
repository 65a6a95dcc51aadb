"""Stretches of simulated spines on the lattice of a scanner, rendered once and kept on disk.

Rendering is the slow part of training, so each stretch is rendered with its truth on a lattice of
a millimetre, through slices of a thickness of its own; ``outlines`` then takes every second or
fifth slice, cuts vertebrae out and varies what costs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import (
    DiseaseConfig,
    Patient,
    PatientConfig,
    RandomisationConfig,
    Rendering,
    ScanConfig,
    VertebraTruth,
    render,
    sample_patient,
    sample_randomisation,
)
from ctbone.volume import Grid

#: Side of a voxel, millimetres.
_SPACING_MM = 1.0

#: Sides of a stretch: left, posterior, superior, millimetres. A crop of an outliner, turned by as
#: much as a vertebra leans, and two or three vertebrae.
_SIDES_MM = (112.0, 122.0, 128.0)

#: Levels that a stretch may lie about, and how often: most often those that are measured.
_MIDDLES = {"T11": 1.0, "T12": 2.0, "L1": 3.0, "L2": 3.0, "L3": 2.0, "L4": 1.0, "L5": 0.5}

#: Levels whose outline is learnt.
_FIRST, _LAST = VertebralLevel.T10, VertebralLevel.L6

#: How far beyond reality most patients go; more would bend bodies into what no disease makes.
_BEYOND = RandomisationConfig(
    deformation_mm=1.5, noise_hu=(3.0, 45.0), blur_mm=(0.0, 1.5), truncated_fraction=0.0
)
_BEYOND_SHARE = 0.65

#: Disease and implants several times as often as they occur, so that they are learnt at all.
_DISEASE = DiseaseConfig(
    fractures=(0.15, 0.4),
    lytic_metastases=(0.04, 0.05),
    sclerotic_metastases=(0.04, 0.05),
    endplate_sclerosis=(0.05, 0.12),
    cement=(0.1, 0.25),
    pedicle_screws=(0.05, 0.08),
    cages=(0.02, 0.03),
    laminectomies=(0.03, 0.04),
)

#: Added to the label of a voxel that belongs to an arch rather than to a body.
ARCH = 128


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a simulated spine and its truth.

    Attributes:
        hu: Attenuation, shape ``(I, J, K)``; slices lie along the last axis.
        labels: VerSe label of the body a voxel belongs to, of the arch plus 128, same shape.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``.
        thickness_mm: What a slice averages over.
        centres_mm: Centre of each whole body, LPS millimetres, shape ``(N, 3)``.
        axes: Left, posterior and superior of each as columns, shape ``(N, 3, 3)``.
        levels: VerSe label of each, shape ``(N,)``.
    """

    hu: NDArray[np.int16]
    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]
    thickness_mm: float
    centres_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    levels: NDArray[np.uint8]


def simulate_stretch(seed: int) -> Stretch:
    """Draw a patient and a scan of a part of the spine; the same seed gives the same."""
    rng = np.random.default_rng((seed, 31))
    while True:
        patient = sample_patient(PatientConfig(disease=_DISEASE), seed=int(rng.integers(2**31)))
        grid, scan = _tilted_grid(patient, rng), _draw_scan(rng)
        beyond = sample_randomisation(_BEYOND, seed=seed) if rng.random() < _BEYOND_SHARE else None
        scanned = render(patient, grid=grid, scan=scan, seed=seed, randomisation=beyond)
        # A very tilted field can hold no body whole.
        if whole := [v for v in scanned.vertebrae if v.is_whole and _is_learnt(v)]:
            return _stretch(scanned, whole, scan)


def write_stretch(stretch: Stretch, path: Path) -> None:
    """Keep a stretch on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part.npz")
    np.savez(
        fresh,
        hu=stretch.hu,
        labels=stretch.labels,
        affine=stretch.affine,
        thickness_mm=stretch.thickness_mm,
        centres_mm=stretch.centres_mm,
        axes=stretch.axes,
        levels=stretch.levels,
    )
    fresh.rename(path)


def read_stretch(path: Path) -> Stretch:
    """Read what ``write_stretch`` kept; nothing is unpickled."""
    with np.load(path, allow_pickle=False) as arrays:
        thickness = float(arrays["thickness_mm"])
        others = {name: arrays[name] for name in arrays.files if name != "thickness_mm"}
    return Stretch(thickness_mm=thickness, **others)


def prepare_stretches(folder: Path, seeds: range) -> tuple[Path, ...]:
    """Render the stretches that the folder lacks and return the paths of all."""
    paths = tuple(folder / f"stretch-{seed:08d}.npz" for seed in seeds)
    for seed, path in zip(seeds, paths, strict=True):
        if not path.is_file():
            write_stretch(simulate_stretch(seed), path)
    return paths


def _is_learnt(vertebra: VertebraTruth) -> bool:
    return _FIRST.order <= vertebra.level.order <= _LAST.order


def _tilted_grid(patient: Patient, rng: np.random.Generator) -> Grid:
    """Return a lattice about some vertebra that lies a little askew, as a scanner's may."""
    bodies = [b for b in patient.column.vertebrae if b.level and b.level.name in _MIDDLES]
    weights = np.array([_MIDDLES[str(b.level and b.level.name)] for b in bodies])
    middle = bodies[int(rng.choice(len(bodies), p=weights / weights.sum()))].centre_mm
    # Beyond what patients do on a table; gantry tilt up to 20 degrees is pitch.
    angles = np.clip(rng.normal(0.0, (4.0, 7.0, 4.0)), -20.0, 20.0)
    turn = Rotation.from_euler("zxy", angles, degrees=True).as_matrix()
    i, j, k = (round(side / _SPACING_MM) for side in _SIDES_MM)
    affine = np.eye(4)
    affine[:3, :3] = turn * _SPACING_MM
    shift = rng.normal(0.0, (4.0, 4.0, 12.0))
    affine[:3, 3] = middle + turn @ (shift - 0.5 * _SPACING_MM * np.array([i - 1, j - 1, k - 1]))
    return Grid((i, j, k), affine)


def _draw_scan(rng: np.random.Generator) -> ScanConfig:
    return ScanConfig(
        kvp=rng.choice([80, 100, 120, 120, 140]),
        phase=rng.choice(["none", "none", "arterial", "portal", "portal"]),
        kernel=rng.choice(["smooth", "standard", "sharp", "ultra"]),
        iterative=float(rng.uniform(0.0, 0.8)),
        beam_hardening=float(rng.uniform(0.0, 1.5)),
        slice_thickness_mm=float(rng.choice([0.6, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0])),
        noise_hu=float(rng.uniform(5.0, 40.0)),
        bone_slope=float(rng.normal(1.0, 0.06)),
        offset_hu=float(rng.normal(0.0, 5.0)),
        table=False,
    )


def _stretch(scanned: Rendering, whole: list[VertebraTruth], scan: ScanConfig) -> Stretch:
    bodies, spine = scanned.bodies, scanned.spine
    arches = np.where(spine > 0, spine + np.uint8(ARCH), np.uint8(0))
    hu = np.clip(np.rint(scanned.volume.hu), -1024, 3071)
    return Stretch(
        hu=np.ascontiguousarray(hu, dtype=np.int16),
        labels=np.ascontiguousarray(np.where(bodies > 0, bodies, arches), dtype=np.uint8),
        affine=scanned.volume.affine,
        thickness_mm=max(float(scan.slice_thickness_mm or 0.0), _SPACING_MM),
        centres_mm=np.asarray([v.centroid_mm for v in whole], dtype=np.float64),
        axes=np.asarray([v.axes for v in whole], dtype=np.float64),
        levels=np.asarray([v.level for v in whole], dtype=np.uint8),
    )
