from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ctbone.phantom import SimulateConfig
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.visits import at_visit, breathed
from ctbone.phantom.tissue import Tissue


@pytest.fixture(scope="module")
def second():
    config = SimulateConfig(out=Path("unused"), follow_up_fraction=1.0)
    return plan_patient(config, 0)[1]


def test_the_first_visit_is_the_patient_as_drawn(patient, second):
    assert at_visit(patient, replace(second, visit=0)) is patient


def test_a_year_later_every_level_has_lost_the_same(patient, second):
    later = at_visit(patient, replace(second, loss_mg_cm3=3.0))
    assert later.bmd_mg_cm3 == pytest.approx(patient.bmd_mg_cm3 - 3.0, abs=0.02)
    for old, new in zip(patient.column.vertebrae, later.column.vertebrae, strict=True):
        assert np.array_equal(old.centre_mm, new.centre_mm)
        assert new.bmd_mg_cm3 == pytest.approx(old.bmd_mg_cm3 - 3.0, abs=0.02)


@pytest.mark.parametrize(
    ("birthday", "when", "older"),
    [
        (date(2019, 6, 3), date(2020, 6, 2), 0),
        (date(2019, 6, 3), date(2020, 6, 3), 1),
        (date(2019, 12, 30), date(2021, 1, 4), 1),
        (date(2020, 1, 2), date(2022, 1, 2), 2),
    ],
)
def test_a_patient_grows_older_on_birthdays_alone(patient, second, birthday, when, older):
    later = at_visit(patient, replace(second, birthday=birthday, study_date=when))
    assert later.age_years == patient.age_years + older


def test_bone_never_vanishes(patient, second):
    later = at_visit(patient, replace(second, loss_mg_cm3=900.0))
    assert all(v.bmd_mg_cm3 > 0.0 for v in later.column.vertebrae)


def test_a_breath_moves_organs_and_no_bone(patient):
    moved = breathed(patient, 12.0)
    assert breathed(patient, 0.0) is patient
    assert moved.column is patient.column
    assert np.subtract(moved.torso.domes_mm, patient.torso.domes_mm) == pytest.approx(12.0)
    steps = {}
    for old, new in zip(patient.viscera.organs, moved.viscera.organs, strict=True):
        assert np.allclose((new.centre_mm - old.centre_mm)[:2], 0.0)
        steps.setdefault(old.tissue, set()).add(
            round(float(new.centre_mm[2] - old.centre_mm[2]), 6)
        )
    assert steps[Tissue.LIVER] == {12.0}
    assert all(0.0 < step < 12.0 for step in steps[Tissue.KIDNEY])
