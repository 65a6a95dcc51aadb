"""Eight simulated patients, scanned coarsely about L1 and L2 alone."""

from __future__ import annotations

import numpy as np
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.patches import PatchGrid, VertebraPatch, extract
from ctbone.phantom import (
    Patient,
    PatientConfig,
    Rendering,
    ScanConfig,
    VertebraTruth,
    render,
    sample_patient,
)
from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.training.heads.preparing import PatchBatch
from ctbone.volume import Grid

#: So far apart that all three categories are among them, and densities from low to high.
AGES_YEARS = (24.0, 36.0, 46.0, 55.0, 63.0, 70.0, 78.0, 84.0)

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)

#: Voxels a side that every backbone takes, and coarse enough for a body to fit in.
SIDE, SPACING_MM = 32, 2.0

GRID = PatchGrid((SIDE,) * 3, (SPACING_MM,) * 3)

#: As far as patches of both levels reach: L1 is at the origin, L2 some 36 mm below.
FIELD = Grid.about(
    np.array((0.0, 0.0, -18.0)), np.eye(3), shape=(52, 52, 60), spacing_mm=(2.0, 2.0, 2.5)
)


def eight_patients() -> PatchBatch:
    """Return L1 and L2 of eight patients, with targets that follow from their density."""
    drawn = [draw(number) for number in range(len(AGES_YEARS))]
    density = torch.tensor([patient.bmd_mg_cm3 for patient in drawn])
    category = (density < 120.0).float() + (density < 80.0).float()
    site = torch.arange(len(drawn)) % 2
    targets = torch.stack((density, (density - 160.0) / 30.0, category, site.float()), dim=1)
    patches = [cut(patient, seed=number) for number, patient in enumerate(drawn)]
    hu, inside = (
        torch.from_numpy(np.array([[getattr(one, name) for one in own] for own in patches]))
        for name in ("hu", "inside")
    )
    return PatchBatch(hu, inside, torch.ones(hu.shape[:2], dtype=torch.bool), targets)


def first_level(batch: PatchBatch) -> PatchBatch:
    """Return the same patients with L1 alone."""
    return PatchBatch(batch.hu[:, :1], batch.inside[:, :1], batch.present[:, :1], batch.targets)


def draw(number: int) -> Patient:
    """Draw one of the eight: five lumbar vertebrae, and healthy but for age."""
    age = AGES_YEARS[number]
    config = PatientConfig(
        age_range_years=(age, age),
        t13_fraction=0.0,
        l6_fraction=0.0,
        four_lumbar_fraction=0.0,
        disease=DiseaseConfig(prevalence=0.0),
    )
    return sample_patient(config, seed=10 + number)


def cut(patient: Patient, *, seed: int) -> list[VertebraPatch]:
    """Scan L1 and L2 of a patient, and cut them out where they truly are."""
    seen = render(patient, grid=FIELD, scan=ScanConfig(noise_hu=8.0), seed=seed)
    truths = {truth.level: truth for truth in seen.vertebrae}
    return [extract(seen.volume, located(truths[level], seen), grid=GRID) for level in LEVELS]


def located(truth: VertebraTruth, seen: Rendering) -> VertebraLocalisation:
    """Return a vertebra as the best of locators would find it."""
    assert truth.is_whole
    body = BodyMask(seen.bodies == int(truth.level), seen.volume.affine)
    return VertebraLocalisation(
        truth.level, truth.centroid_mm, truth.axes, 1.0, body, is_whole=True
    )
