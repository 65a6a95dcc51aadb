from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.phantom import SimulateConfig
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.fields import grid_of, length_mm, pixel_mm

LEVELS = {
    "lumbar": {"L1", "L2", "L3", "L4"},
    "abdomen": {"L1", "L2", "L3"},
    "abdomen_pelvis": {"L1", "L4", "S1"},
    "chest": {"T4", "T10"},
    "chest_abdomen": {"T4", "L1", "L4"},
}


@pytest.fixture(scope="module")
def config():
    return SimulateConfig(out=Path("unused"), matrix=512, pixel_mm=0.95, fit_field=True)


@pytest.fixture(scope="module")
def plan(config):
    return replace(plan_patient(config, 0)[0], jitter_mm=(0.0, 0.0), fault=None)


@pytest.mark.parametrize("region", LEVELS)
def test_a_region_shows_its_levels(config, plan, patient, region):
    plan = replace(plan, region=region)
    grid = grid_of(config, plan, patient, 2.5)
    low = grid.affine[2, 3]
    high = low + 2.5 * (grid.shape[2] - 1)
    shown = {v.level.name for v in patient.column.vertebrae if low < v.centre_mm[2] < high}
    assert shown >= LEVELS[region]
    assert high - low == pytest.approx(length_mm(plan, patient), abs=5.1)


def test_a_field_is_fitted_to_the_patient_and_never_wider_than_allowed(config, patient):
    width = 2.0 * float(patient.torso.skin[0].max())
    fitted = 512 * pixel_mm(config, patient)
    assert width < fitted <= 512 * 0.95
    assert pixel_mm(replace(config, pixel_mm=0.5), patient) == 0.5
    assert pixel_mm(replace(config, fit_field=False), patient) == 0.95


def test_the_field_lies_round_the_body(config, plan, patient):
    grid = grid_of(config, plan, patient, 2.5)
    spine = np.array(
        [v.centre_mm for v in patient.column.vertebrae if v.level is VertebralLevel.L3]
    )
    middle = grid.affine[:2, 3] + 0.5 * 511 * pixel_mm(config, patient)
    assert abs(middle - spine[0, :2]).max() < 120.0
