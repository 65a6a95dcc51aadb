"""Rows of numbers become estimates, task by task, in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.reading import (
    TASKS,
    is_calibrated,
    ordinal_shares,
    pooled_moments,
    pooled_shares,
    quantity_of,
    read_outputs,
)
from ctbone.records import BinaryAnswer, Flag

L1, L2 = VertebralLevel.L1, VertebralLevel.L2
SET = HeadCalibration(sd_factor=2.0, sd_patients=30, temperature=4.0, temperature_patients=30)


def read(task, *row, calibration=SET, **options):
    outputs = np.asarray([[row]], dtype=float)
    [found] = read_outputs(outputs, (L1,), task=task, calibration=calibration, **options)
    return found


def logit(p):
    return math.log(p / (1.0 - p))


def test_a_density_has_its_spread_widened():
    found = read("bmd", 90.0, math.log(49.0))
    assert (found.level, found.bmd_mg_cm3) == (L1, 90.0)
    assert found.sd_mg_cm3 == pytest.approx(14.0)
    assert (found.t_score, found.probabilities, found.binary, found.flags) == (None,) * 3 + ((),)


def test_a_t_score_stands_under_its_own_name():
    found = read("t_score", -2.6, math.log(0.25))
    assert (found.t_score, found.t_score_sd) == (-2.6, pytest.approx(1.0))
    assert (found.bmd_mg_cm3, found.sd_mg_cm3, found.probabilities) == (None, None, None)


def test_logits_of_three_categories_are_divided_by_the_temperature():
    found = read("category", 0.0, 4.0 * math.log(2.0), 4.0 * math.log(5.0))
    assert found.probabilities == pytest.approx((1 / 8, 2 / 8, 5 / 8))
    assert found.bmd_mg_cm3 is None


def test_cumulative_logits_become_three_probabilities():
    found = read("ordinal", 4.0 * logit(0.7), 4.0 * logit(0.2))
    assert found.probabilities == pytest.approx((0.3, 0.5, 0.2))


@given(st.floats(-800.0, 800.0), st.floats(-800.0, 800.0))
def test_cumulative_logits_in_any_order_give_probabilities(low, lowest):
    found = ordinal_shares(np.asarray([low, lowest]))
    assert found.sum() == pytest.approx(1.0)
    assert found.min() >= 0.0


def test_a_two_way_head_says_what_it_looks_for_and_from_where_on():
    calibration = HeadCalibration(temperature=2.0, temperature_patients=20, threshold=0.3)
    row = 2.0 * logit(0.4)
    found = read("binary", row, calibration=calibration, positive="low_bone_mass")
    assert found.binary == BinaryAnswer(
        target="low_bone_mass", probability=pytest.approx(0.4), threshold=0.3
    )
    assert found.probabilities is None


def test_a_multitask_head_gives_its_density_and_beside_it_its_probabilities():
    found = read("multitask", 90.0, 0.0, 0.0, 4.0 * math.log(2.0), 4.0 * math.log(5.0))
    assert (found.bmd_mg_cm3, found.sd_mg_cm3) == (90.0, 2.0)
    assert found.probabilities == pytest.approx((1 / 8, 2 / 8, 5 / 8))


def test_huge_logits_stay_finite():
    assert read("category", 9000.0, 0.0, -9000.0).probabilities == pytest.approx((1.0, 0.0, 0.0))
    assert read("binary", -9000.0).binary.probability == 0.0


def test_members_are_an_equal_mixture_of_normal_distributions():
    rng = np.random.default_rng(3)
    means, sds = np.asarray([80.0, 92.0, 101.0]), np.asarray([4.0, 6.0, 9.0])
    outputs = np.stack((means, 2.0 * np.log(sds)), axis=-1)[:, None]
    mean, sd = pooled_moments(outputs)
    # Var = E[sd^2] + Var[mean], worked out by hand and by drawing from the mixture.
    assert mean[0] == pytest.approx(91.0)
    assert sd[0] ** 2 == pytest.approx((16 + 36 + 81) / 3 + (121 + 1 + 100) / 3)
    drawn = rng.normal(means, sds, (200_000, 3)).ravel()
    assert (mean[0], sd[0]) == (
        pytest.approx(drawn.mean(), abs=0.1),
        pytest.approx(drawn.std(), abs=0.1),
    )


def test_members_of_a_classifier_are_averaged_as_probabilities_and_not_as_logits():
    outputs = np.asarray([[[logit(0.9)]], [[logit(0.2)]]])
    found = pooled_shares(outputs, task="binary")
    assert found == pytest.approx(np.asarray([[0.45, 0.55]]))


def test_rows_keep_their_levels():
    outputs = np.asarray([[[80.0, 0.0], [90.0, 0.0]]])
    found = read_outputs(outputs, (L2, L1), task="bmd", calibration=SET)
    assert [(e.level, e.bmd_mg_cm3) for e in found] == [(L2, 80.0), (L1, 90.0)]


@pytest.mark.parametrize("task", list(TASKS))
def test_without_held_out_patients_an_estimate_says_so(task):
    row = [0.0] * TASKS[task].count
    plain = read(task, *row, calibration=HeadCalibration())
    assert plain.flags == (Flag.UNCERTAINTY_UNCALIBRATED,)
    assert read(task, *row).flags == ()


def test_a_multitask_head_is_calibrated_by_what_decides():
    assert not is_calibrated("multitask", HeadCalibration(temperature_patients=30))
    assert is_calibrated("multitask", HeadCalibration(sd_patients=30))


def test_each_task_decides_by_one_quantity():
    found = {task: quantity_of(task) for task in TASKS}
    assert found == {
        "bmd": "bmd_mg_cm3",
        "t_score": "t_score",
        "category": "probabilities",
        "ordinal": "probabilities",
        "binary": "binary",
        "multitask": "bmd_mg_cm3",
    }


def test_the_columns_are_those_of_the_networks():
    # Read by numpy alone here, and so listed twice: the two lists must be one.
    tasks = pytest.importorskip("ctbone.networks.tasks")
    assert {task: columns.count for task, columns in TASKS.items()} == dict(tasks.OUTPUTS)


def test_outputs_of_another_shape_or_task_are_refused():
    with pytest.raises(ValueError, match=r"must be \(members, 1, 3\), got \(1, 1, 2\)"):
        read("category", 0.0, 0.0)
    with pytest.raises(ValueError, match=r"task must be one of .*, got 'age'"):
        read("age", 0.0)
    with pytest.raises(ValueError, match="task 'bmd' gives no logits"):
        pooled_shares(np.zeros((1, 1, 2)), task="bmd")
