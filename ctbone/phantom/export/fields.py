"""Which part of a patient a scan shows, and on which lattice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.export.configuration import SimulateConfig
from ctbone.phantom.export.plan import SeriesPlan, StudyPlan
from ctbone.volume import CTVolume, Grid

_L = VertebralLevel

#: Air on either side of a patient to whom the field is fitted, mm.
_MARGIN_MM = 25.0


def grid_of(config: SimulateConfig, plan: StudyPlan, patient: Patient, spacing_mm: float) -> Grid:
    """Return the lattice of a scan in the patient's coordinates, feet first in ``k``."""
    low, high = _field(plan, patient)
    pixel = pixel_mm(config, patient)
    shape = (config.matrix, config.matrix, max(int((high - low) / spacing_mm), 8))
    torso = patient.torso
    middle = float(np.interp(0.5 * (low + high), torso.heights_mm, torso.skin[1]))
    affine = np.diag([pixel, pixel, spacing_mm, 1.0])
    half = 0.5 * (config.matrix - 1) * pixel
    affine[:3, 3] = (-half, middle + torso.lean[1] * 0.5 * (low + high) - half, low)
    return Grid(shape, affine)


def pixel_mm(config: SimulateConfig, patient: Patient) -> float:
    """Return the distance between pixels."""
    if not config.fit_field:
        return config.pixel_mm
    wanted = 2.0 * (float(patient.torso.skin[0].max()) + _MARGIN_MM) / config.matrix
    return round(min(wanted, config.pixel_mm), 6)


def length_mm(plan: StudyPlan, patient: Patient) -> float:
    """Return how long the scanned part of the patient is."""
    low, high = _field(plan, patient)
    return high - low


def _field(plan: StudyPlan, patient: Patient) -> tuple[float, float]:
    """Return the lower and upper end of the field, relative to L1, mm."""
    height = {v.level: float(v.centre_mm[2]) for v in patient.column.vertebrae}
    down, up = height[_L.S1], height[_L.T9]
    ends = {
        "chest": (height[_L.L2] - 15.0, height[_L.C7]),
        "abdomen": (down + 10.0, up),
        "abdomen_pelvis": (down - 170.0, up),
        "chest_abdomen": (down - 10.0, height[_L.C7]),
        "lumbar": (down - 50.0, height[_L.T11]),
    }
    low, high = ends[plan.region]
    if plan.fault == "short_field":
        low, high = height[_L.T10], height[_L.T4]
    if plan.fault == "no_torso":
        low, high = down - 380.0, down - 230.0
    return low + plan.jitter_mm[0] * 0.5, high + plan.jitter_mm[1]


def in_scanner(volume: CTVolume, plan: StudyPlan, series: SeriesPlan) -> CTVolume:
    """Return a scan in the coordinates of the scanner, where L1 lies anywhere."""
    affine = volume.affine.copy()
    affine[:3, 3] = np.round(affine[:3, 3] + np.array(plan.offset_mm), 6)
    return replace(volume, affine=affine, series_uid=series.series_uid)
