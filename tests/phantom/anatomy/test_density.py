from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.density import (
    draw_bmd,
    draw_interiors,
    interior_points,
    mean_l1_hu,
    normalised,
)
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.outline import (
    INTERIOR_MM,
    body_distances,
    canal_share,
    filling,
    interior_depth,
)
from ctbone.phantom.tissue import bone_hu

from .test_outline import BODY


@pytest.fixture(scope="module")
def draws():
    """Densities of 1,500 people of 60 years, all levels."""
    rng = np.random.default_rng(1)
    people = [
        draw_bmd(tuple(SIZES), sex="FM"[n % 2], age_years=60, shift_mg_cm3=0.0, rng=rng)
        for n in range(1500)
    ]
    return {level: np.array([p[level] for p in people]) for level in SIZES}


def test_attenuation_falls_with_age_as_published():
    """Jang 2019: 226 +- 44 HU below 30 years, 89 +- 38 at 90 and above, both sexes together."""
    rng = np.random.default_rng(0)

    def l1(age):
        return np.array(
            [
                bone_hu(
                    draw_bmd((L.L1,), sex=sex, age_years=age, shift_mg_cm3=0.0, rng=rng)[L.L1],
                    kvp=120,
                )
                for sex in "FM"
                for _ in range(1500)
            ]
        )

    young, old = l1(25), l1(91)
    assert young.mean() == pytest.approx(226, abs=3)
    assert young.std() == pytest.approx(44, abs=2.5)
    assert old.mean() == pytest.approx(89, abs=3)
    assert old.std() == pytest.approx(38, abs=2.5)
    assert (mean_l1_hu(60, "F")[0] + mean_l1_hu(60, "M")[0]) / 2 == pytest.approx(226 - 75)


def test_women_lose_more_than_men():
    lost = {sex: 1.0 - mean_l1_hu(80, sex)[0] / mean_l1_hu(30, sex)[0] for sex in "FM"}
    assert lost["F"] - lost["M"] == pytest.approx(0.09, abs=0.03)


def test_neighbours_agree_more_than_distant_levels(draws):
    near = np.corrcoef(draws[L.L1], draws[L.L2])[0, 1]
    far = np.corrcoef(draws[L.L1], draws[L.T7])[0, 1]
    assert near > 0.98
    assert 0.9 < far < near
    assert np.mean(draws[L.T7] / draws[L.L1]) == pytest.approx(SIZES[L.T7].bmd_ratio, rel=0.02)
    assert np.std(draws[L.L2] / draws[L.L1]) == pytest.approx(0.045, abs=0.01)


def test_density_over_the_interior_is_the_nominal_one():
    """Asked at other points than those it was normalised at: within 0.5 mg/cm3."""
    rng = np.random.default_rng(3)
    column = sample_patient(PatientConfig(), seed=1).column
    for body in draw_interiors(column.vertebrae[4:-1], rng):
        u, v, w = rng.uniform(-1, 1, (3, 60000)) * (
            0.5 * np.array([[body.width_mm], [body.depth_mm], [1.1 * body.height_mm]])
        )
        side, end = body_distances(body, u, v, w)
        inside = np.maximum(side, end) <= -interior_depth(body)
        found = filling(body, u, v, w, canal_share(body, u, v, w))[inside].mean()
        assert found * body.bmd_mg_cm3 == pytest.approx(body.bmd_mg_cm3, abs=0.5), body.level


def test_weights_of_the_interior_sum_to_one_and_lie_in_it():
    (u, v, w), weight, step = interior_points(BODY)
    assert weight.sum() == pytest.approx(1.0)
    used = np.broadcast_to(np.abs(w), weight.shape)[weight > 0].max()
    assert used < 0.5 * BODY.height_mm - INTERIOR_MM + step[2] + 0.6
    assert float(np.abs(u).max()) < 0.5 * BODY.width_mm - INTERIOR_MM
    assert float(np.abs(v).max()) < 0.5 * BODY.depth_mm - INTERIOR_MM


def test_a_collapsed_body_still_has_an_interior():
    from ctbone.phantom.anatomy.fractures import collapsed

    small = replace(BODY, height_mm=14.0)
    crushed = collapsed(small, kind="crush_fracture", loss=0.6, upper=0.5)
    assert crushed.height_mm < 8.0
    assert np.isfinite(crushed.interior.level)
    assert interior_points(crushed)[1].sum() == pytest.approx(1.0)


def test_normalising_twice_changes_nothing():
    once = normalised(BODY)
    assert normalised(once).interior == once.interior
    assert once.interior != BODY.interior


def test_the_bodies_of_a_patient_are_as_rough_as_each_other_and_patients_differ():
    spreads = []
    for seed in range(30):
        bodies = draw_interiors((BODY,) * 12, np.random.default_rng(seed))
        rough = np.array([b.interior.texture_mg_cm3 for b in bodies])
        assert rough.std() < 0.12 * rough.mean()
        spreads.append(rough.mean())
    assert np.std(spreads) > 0.12 * np.mean(spreads)


def test_grain_grows_as_density_falls_and_is_drawn_out():
    rng = np.random.default_rng(0)
    bodies = [replace(BODY, bmd_mg_cm3=bmd) for bmd in (40.0, 80.0, 120.0, 180.0)]
    grains = [b.interior for b in draw_interiors(tuple(bodies), rng)]
    lengths = [i.grain_mm for i in grains]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 1.7 * lengths[-1]
    assert grains[0].stretch > grains[-1].stretch > 1.0
