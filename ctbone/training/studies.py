"""Studies of simulated patients as sites make them: what a localiser is tried on.

Nothing here goes beyond patients and scanners, as training does: anatomy and disease come at the
phantom's own rates, and a field of view ends where a radiographer would end it. How often which
field, thickness and kernel occur is a design choice, so that each is seen often enough to count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import Patient, PatientConfig, ScanConfig, sample_patient
from ctbone.phantom.scanner.configuration import Kernel
from ctbone.phantom.tissue import Phase, Potential
from ctbone.volume import Grid

_T = TypeVar("_T")
_L = VertebralLevel

#: What is scanned.
Field = Literal[
    "chest", "upper_abdomen", "abdomen_pelvis", "chest_abdomen_pelvis", "lumbar", "truncated"
]

#: Shares of fields, slice thicknesses (mm), potentials (kV), contrast phases and kernels.
_FIELDS: Mapping[Field, float] = {
    "chest": 0.25, "upper_abdomen": 0.10, "abdomen_pelvis": 0.25, "chest_abdomen_pelvis": 0.15,
    "lumbar": 0.10, "truncated": 0.15,
}  # fmt: skip
_SLICES_MM: Mapping[float, float] = {
    0.6: 0.03, 0.75: 0.03, 1.0: 0.14, 1.25: 0.14, 1.5: 0.12, 2.0: 0.13, 2.5: 0.11, 3.0: 0.12,
    4.0: 0.08, 5.0: 0.10,
}  # fmt: skip
_POTENTIALS_KV: Mapping[Potential, float] = {80: 0.05, 100: 0.2, 120: 0.6, 140: 0.15}
_PHASES: Mapping[Phase, float] = {"none": 0.45, "arterial": 0.1, "portal": 0.4, "excretory": 0.05}
_KERNELS: Mapping[Kernel, float] = {"smooth": 0.3, "standard": 0.5, "sharp": 0.2}

#: Slices thicker than this are made of painted ones at most as thick, millimetres.
_PAINTED_MM = 1.25

#: Rows and columns of a slice unless the caller names others. Sites have 512; with 256 a field of
#: 380 mm has pixels of 1.48 mm, and a study is rendered in a few seconds.
_MATRIX = 256

#: Noise over the body in slices of this thickness, HU, at its least and at its most.
_NOISE_MM, _NOISE_HU = 2.5, (6.0, 16.0)

#: How much louder sharper kernels are than the standard one.
_LOUDNESS: Mapping[Kernel, float] = {"smooth": 0.7, "standard": 1.0, "sharp": 2.0}

#: What lies outside the circular field, HU: as archives of several makers keep it.
_PADDINGS_HU: Mapping[float, float] = {-1024.0: 0.6, -2000.0: 0.2, -3024.0: 0.2}


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """One study before any voxel: who is scanned, where and how.

    Attributes:
        seed: Where it comes from.
        field: What is scanned.
        patient: The body, with the centre of L1 at the origin.
        grid: Where it is to be painted.
        scan: How it is to be scanned and reconstructed.
    """

    seed: int
    field: Field
    patient: Patient
    grid: Grid
    scan: ScanConfig

    @property
    def slice_mm(self) -> float:
        """Thickness of its slices, millimetres."""
        return self.scan.slice_thickness_mm or self.grid.spacing_mm[2]

    @property
    def anomalies(self) -> tuple[str, ...]:
        """What about its spine can lead a count astray; empty for a regular spine."""
        patient = self.patient
        found: list[str] = []
        if patient.variant != "regular":
            found.append(patient.variant)
        if patient.anomalies.transitional is not None:
            found.append("transitional")
        if set(patient.anomalies.last_ribs) != {"full"}:
            found.append("short_or_absent_last_rib")
        if set(patient.anomalies.lumbar_ribs) != {"absent"}:
            found.append("lumbar_rib")
        return tuple(found)


def draw_study(seed: int, *, matrix: int = _MATRIX) -> Study:
    """Draw a patient and a study of it.

    Args:
        seed: The same seed gives the same study.
        matrix: Rows and columns of a slice.
    """
    rng = np.random.default_rng((seed, 29))
    patient = sample_patient(PatientConfig(), seed=seed)
    field = _pick(_FIELDS, rng)
    low, high = _ends(field, patient, rng)
    width, middle = _width(field, patient, 0.5 * (low + high), rng)
    slice_mm = _pick(_SLICES_MM, rng)
    scan = _draw_scan(slice_mm, width, rng)
    painted = slice_mm / np.ceil(slice_mm / _PAINTED_MM)
    pixel = width / matrix
    affine = np.diag([pixel, pixel, painted, 1.0])
    affine[:3, 3] = (*(middle - 0.5 * (matrix - 1) * pixel), low)
    grid = Grid((matrix, matrix, max(int((high - low) / painted), 8)), affine)
    return Study(seed=seed, field=field, patient=patient, grid=grid, scan=scan)


def _ends(field: Field, patient: Patient, rng: Generator) -> tuple[float, float]:
    """Draw the lowest and the highest slice, millimetres above the centre of L1."""
    at = {v.level: float(v.centre_mm[2]) for v in patient.column.vertebrae if v.level is not None}
    down, up = rng.normal(0.0, 15.0, 2)
    dome, apex, hips = at[_L.T9] + up, at[_L.C7] + up, at[_L.S1] - 170.0 + down
    if field == "truncated":
        return _cut(at, (hips, dome), rng)
    ends = {
        "chest": (float(rng.uniform(at[_L.L3], at[_L.T12])), apex),
        "upper_abdomen": (at[_L.L4] + down, dome),
        "abdomen_pelvis": (hips, dome),
        "chest_abdomen_pelvis": (hips, apex),
        "lumbar": (at[_L.S1] - 45.0 + down, at[_L.T11] + up),
    }
    return ends[field]


def _cut(
    at: dict[VertebralLevel, float], whole: tuple[float, float], rng: Generator
) -> tuple[float, float]:
    """Draw an abdomen that begins too low or ends too high, or a slab of it."""
    match int(rng.integers(3)):
        case 0:
            return whole[0], float(rng.uniform(at[_L.L2], at[_L.T11]))
        case 1:
            return float(rng.uniform(at[_L.L3], at[_L.T12])), whole[1]
        case _:
            middle, length = rng.uniform((at[_L.L4], 80.0), (at[_L.T11], 160.0))
            return float(middle - 0.5 * length), float(middle + 0.5 * length)


def _width(
    field: Field, patient: Patient, height: float, rng: Generator
) -> tuple[float, NDArray[np.float64]]:
    """Draw the diameter of the field and its centre: left and posterior, millimetres."""
    torso = patient.torso
    skin = float(np.interp(height, torso.heights_mm, torso.skin[0]))
    margin, narrow, x, y = rng.normal((15.0, 165.0, 0.0, 0.0), (15.0, 20.0, 10.0, 10.0))
    if field == "lumbar":
        bodies = patient.column.vertebrae
        nearest = min(bodies, key=lambda body: abs(float(body.centre_mm[2]) - height))
        # The canal lies in the middle of the picture rather than the bodies.
        middle = nearest.centre_mm[:2] + np.array([x, y + 15.0])
        return float(np.clip(narrow, 120.0, 220.0)), middle
    centre = float(np.interp(height, torso.heights_mm, torso.skin[1]))
    width = float(np.clip(2.0 * (skin + margin), 280.0, 500.0))
    return width, np.array([x, centre + torso.lean[1] * height + y])


def _draw_scan(slice_mm: float, width: float, rng: Generator) -> ScanConfig:
    kernel = _pick(_KERNELS, rng)
    noise = rng.uniform(*_NOISE_HU) * np.sqrt(_NOISE_MM / slice_mm) * _LOUDNESS[kernel]
    overlap = 0.8 if rng.random() < 0.2 else 1.0
    breathes, breath = rng.random() < 0.1, float(rng.uniform(4.0, 10.0))
    return ScanConfig(
        kvp=_pick(_POTENTIALS_KV, rng),
        phase=_pick(_PHASES, rng),
        kernel=kernel,
        slice_thickness_mm=slice_mm,
        slice_increment_mm=round(slice_mm * overlap, 3),
        noise_hu=float(np.clip(noise, 4.0, 60.0)),
        iterative=float(rng.uniform(0.0, 0.8)),
        beam_hardening=float(rng.uniform(0.0, 1.0)),
        bone_slope=float(rng.normal(1.0, 0.02)),
        offset_hu=float(rng.normal(0.0, 2.0)),
        field_diameter_mm=width,
        padding_hu=_pick(_PADDINGS_HU, rng),
        breathing_mm=breath if breathes else 0.0,
    )


def _pick(shares: Mapping[_T, float], rng: Generator) -> _T:
    """Draw one of several by their shares."""
    return list(shares)[int(rng.choice(len(shares), p=list(shares.values())))]
