"""Studies are drawn as sites make them: fields, slices, kernels, at stated shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as Level
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.training import studies
from ctbone.training.studies import draw_study

SEEDS = range(900_000_000, 900_000_036)


@pytest.fixture(scope="module")
def drawn():
    return [draw_study(seed) for seed in SEEDS]


def heights(study):
    return {v.level: float(v.centre_mm[2]) for v in study.patient.column.vertebrae}


def ends(study):
    grid = study.grid
    low = grid.affine[2, 3]
    return low, low + grid.shape[2] * grid.spacing_mm[2]


def test_a_seed_gives_one_study(drawn):
    again = draw_study(SEEDS[7])
    assert again.scan == drawn[7].scan
    assert np.array_equal(again.grid.affine, drawn[7].grid.affine)
    assert again.grid.shape == drawn[7].grid.shape
    assert drawn[8].scan != drawn[7].scan


def test_shares_sum_to_one():
    tables = (studies._FIELDS, studies._SLICES_MM, studies._POTENTIALS_KV, studies._PHASES)
    for shares in (*tables, studies._KERNELS, studies._PADDINGS_HU):
        assert sum(shares.values()) == pytest.approx(1.0)


def test_fields_come_at_their_shares():
    rng = np.random.default_rng(0)
    counts = Counter(studies._pick(studies._FIELDS, rng) for _ in range(4000))
    for field, share in studies._FIELDS.items():
        # Four standard deviations of a binomial share.
        assert counts[field] / 4000 == pytest.approx(share, abs=4 * (0.25 / 4000) ** 0.5)


def test_a_chest_ends_between_t12_and_l3(drawn):
    chests = [study for study in drawn if study.field == "chest"]
    assert chests
    for study in chests:
        at = heights(study)
        low, high = ends(study)
        assert at[Level.L3] <= low <= at[Level.T12]
        assert high > at[Level.T2]


def test_a_pelvis_shows_the_sacrum(drawn):
    pelves = [study for study in drawn if study.field.endswith("pelvis")]
    assert pelves
    assert all(ends(study)[0] < heights(study)[Level.S1] - 100.0 for study in pelves)


def test_a_lumbar_field_is_narrow_and_holds_the_spine(drawn):
    lumbar = [study for study in drawn if study.field == "lumbar"]
    assert lumbar
    for study in lumbar:
        grid = study.grid
        width = grid.shape[0] * grid.spacing_mm[0]
        assert 120.0 <= width <= 220.0
        middle = grid.affine[:2, 3] + 0.5 * width
        body = next(v for v in study.patient.column.vertebrae if v.level is Level.L3)
        assert np.linalg.norm(middle - body.centre_mm[:2]) < 0.5 * width


def test_slices_are_made_of_thin_ones(drawn):
    for study in drawn:
        painted = study.grid.spacing_mm[2]
        assert painted <= 1.25
        ratio = study.slice_mm / painted
        assert ratio == pytest.approx(round(ratio))


def test_numbers_are_those_of_python(drawn):
    for study in drawn:
        scan = study.scan
        assert type(scan.kvp) is int
        assert {type(scan.noise_hu), type(scan.bone_slope), type(scan.padding_hu)} == {float}


def test_anomalies_are_named(drawn):
    regular = next(study for study in drawn if not study.anomalies)
    assert regular.patient.variant == "regular"
    config = PatientConfig(t13_fraction=0.0, l6_fraction=1.0, four_lumbar_fraction=0.0)
    six = replace(regular, patient=sample_patient(config, seed=3))
    assert "L6" in six.anomalies
