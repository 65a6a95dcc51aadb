"""Fields of view of simulated patients."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.networks import LocaliserConfig
from ctbone.training import LocaliserTraining
from ctbone.training.cases import ARCH, RIB, read_case
from ctbone.training.fields import SimulatedFields, cut_field, narrow, vary
from ctbone.training.simulated import prepare_case, simulate_case

CONFIG = LocaliserConfig(spacing_mm=8.0, channels=(4, 4, 8))
TRAINING = LocaliserTraining(
    network=CONFIG, patients=1, validation_patients=1, draws=3, shape=(24, 24, 48)
)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return (prepare_case(tmp_path_factory.mktemp("cases"), 7, spacing_mm=8.0),)


@pytest.fixture(scope="module")
def case(paths):
    return read_case(paths[0])


def at_centres(case, values):
    return values[tuple(np.rint(case.centres).astype(int).T)]


def test_labels_lie_where_the_centres_say(case):
    assert np.array_equal(at_centres(case, case.labels), case.levels)
    # The body of a neck vertebra is hardly higher than two voxels.
    assert (at_centres(case, case.body) > 127).all()
    assert {"T12", "L1", "L5"} <= {
        level.name for level in CONFIG.vertebral_levels if level in case.levels
    }


def test_ribs_and_arches_carry_the_level_of_their_vertebra(case):
    ribs = set(np.unique(case.labels[(case.labels >= RIB) & (case.labels < ARCH)]) - RIB)
    arches = set(np.unique(case.labels[case.labels >= ARCH]) - ARCH)
    # T1 to T12, T13: 8 to 19, 28.
    assert ribs <= {*range(8, 20), 28}
    assert len(ribs) >= 10
    assert {20, 21} <= arches <= set(case.levels)


def test_one_seed_one_case(case):
    again = simulate_case(7, spacing_mm=8.0)
    assert np.array_equal(case.hu, again.hu)
    assert np.array_equal(case.labels, again.labels)
    other = simulate_case(8, spacing_mm=8.0)
    assert not np.array_equal(case.centres, other.centres)


def test_a_case_is_rendered_once(paths, monkeypatch):
    monkeypatch.setattr("ctbone.training.simulated.simulate_case", None)
    assert prepare_case(paths[0].parent, 7, spacing_mm=8.0) == paths[0]


@pytest.mark.parametrize("seed", range(6))
def test_truth_stays_on_the_image_through_cropping_and_narrowing(case, seed):
    rng = np.random.default_rng(seed)
    field = narrow(cut_field(case, (24, 24, 48), rng), rng)
    assert field.hu.shape == (24, 24, 48)
    inside = np.all((field.centres > 0.5) & (field.centres < np.array([22.5, 22.5, 46.5])), axis=1)
    labels = field.labels[tuple(np.rint(field.centres[inside]).astype(int).T)]
    assert np.array_equal(labels, field.levels[inside])


def test_variation_leaves_the_truth_alone(case):
    before = case.labels.copy()
    one, other = (vary(case, np.random.default_rng(seed)) for seed in (1, 2))
    assert np.array_equal(case.labels, before)
    assert one.dtype == np.float32
    assert np.abs(one - other).mean() > 5.0


def test_the_same_numbers_draw_the_same_field(paths):
    fields = SimulatedFields(paths, config=TRAINING)
    assert len(fields) == 3
    (one, target), (other, _) = (fields.draw(0, np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (2, 24, 24, 48)
    assert target.shape == (7, 24, 24, 48)
    assert np.array_equal(one, other)
    assert np.array_equal(fields.draw(1, None)[0], fields.draw(1, None)[0])
    assert not np.array_equal(fields.draw(0, None)[0], fields.draw(1, None)[0])
