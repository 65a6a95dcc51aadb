import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.discs import disc_findings, draw_discs, draw_gaps, gap_mm
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.tissue import bone_hu

LEVELS = (L.T11, L.T12, L.L1, L.L2, L.L3, L.L4, L.L5)


def _gaps(age_years):
    rng = np.random.default_rng(0)
    return np.array(
        [draw_gaps(LEVELS, scale=1.0, age_years=age_years, rng=rng) for _ in range(400)]
    )


def test_discs_lose_height_with_age_most_at_the_bottom():
    usual = np.array([SIZES[level].disc_mm for level in LEVELS])
    young, old = (_gaps(age) / usual for age in (30.0, 80.0))
    assert young.mean() == pytest.approx(0.97, abs=0.03)
    assert old.mean() < young.mean() - 0.08
    narrowed = (old < 0.78).mean(0)
    assert narrowed[-1] > 2.0 * narrowed[0]


@pytest.fixture(scope="module")
def columns():
    return [
        sample_patient(PatientConfig(age_range_years=(age, age + 1)), seed=seed).column
        for age in (30.0, 80.0)
        for seed in range(40)
    ]


def test_a_disc_lies_between_its_bodies_and_fills_what_they_leave(columns):
    for column in columns[::8]:
        for i, disc in enumerate(column.discs):
            upper, lower = column.vertebrae[i], column.vertebrae[i + 1]
            assert disc.level is upper.level
            assert np.linalg.norm(disc.centre_mm - 0.5 * (upper.centre_mm + lower.centre_mm)) < 5.0
            reach = 0.5 * (disc.height_mm - gap_mm(upper, lower))
            assert reach > upper.concavity_mm + upper.sunk_mm[1]
            assert reach > lower.concavity_mm + lower.sunk_mm[0]
            assert disc.width_mm > 0.5 * (upper.width_mm + lower.width_mm) - 1.5


def test_the_nucleus_is_softer_and_less_so_in_the_old(columns):
    young, old = (
        np.mean([d.nucleus_hu for c in half for d in c.discs])
        for half in (columns[:40], columns[40:])
    )
    assert young < old < 0.0


def test_gas_and_chalk_come_with_age_and_are_written_down(columns):
    young, old = ([disc_findings(c.discs) for c in half] for half in (columns[:40], columns[40:]))
    assert sum(map(len, old)) > 3 * sum(map(len, young))
    kinds = {f.kind for found in old for f in found}
    assert kinds == {"vacuum", "disc_calcification"}


def test_discs_follow_bone_less_than_bone_itself():
    """So that they lie below dense bone and above sparse bone."""
    column = sample_patient(PatientConfig(), seed=2).column
    from dataclasses import replace

    def step(bmd):
        bodies = tuple(replace(v, bmd_mg_cm3=bmd) for v in column.vertebrae)
        discs = draw_discs(bodies, age_years=60.0, rng=np.random.default_rng(1))
        middle = np.mean([85.0 + d.shift_hu + 0.5 * d.nucleus_hu for d in discs])
        return middle - bone_hu(bmd, kvp=120)

    assert step(40.0) > 30.0
    assert step(180.0) < -40.0
