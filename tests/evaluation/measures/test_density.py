from __future__ import annotations

import numpy as np
import pytest

from ctbone.evaluation.measures.density import _limit_factors, density_agreement, density_pairs

# Peak flow by two meters, l/min: the table of Bland and Altman (Lancet 1986;327:307).
WRIGHT = (494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
MINI = (512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)


def test_the_flow_meters_of_bland_and_altman():
    found = density_agreement(np.asarray(WRIGHT, float), np.asarray(MINI, float))
    assert found.bias.estimate == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    # The paper: -22.0 to 17.8, with a standard error rounded to 9.4.
    assert (found.bias.lower, found.bias.upper) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert found.lower_limit.estimate == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.1)
    # Exact limits reach further out than in, and further out than the approximation of 1986.
    reach = 2.12 * 38.8 * np.sqrt(3 / 17)
    assert found.lower_limit.lower < found.lower_limit.estimate - reach
    assert found.lower_limit.upper < found.lower_limit.estimate + reach


@pytest.mark.parametrize("n", [3, 5, 10, 30, 300])
def test_limits_are_quantiles_of_the_non_central_t(n):
    from scipy.stats import nct

    found = _limit_factors(n, 0.9)
    expected = nct.ppf([0.05, 0.95], n - 1, 1.959963984540054 * np.sqrt(n)) / np.sqrt(n)
    assert found == pytest.approx(tuple(expected), rel=1e-6)


def test_many_pairs_come_near_the_approximation_of_1999():
    # Bland and Altman (Stat Methods Med Res 1999;8:135): sqrt(1/n + 1.96^2 / (2 (n - 1))).
    reach = 1.96 * np.sqrt(1 / 50_000 + 1.96**2 / (2 * 49_999))
    assert _limit_factors(50_000, 0.95) == pytest.approx((1.96 - reach, 1.96 + reach), abs=2e-4)


def test_limits_cover_the_true_limit():
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(2000):
        found = density_agreement(rng.normal(2, 10, 10), np.zeros(10))
        held += found.upper_limit.lower <= 2 + 19.59964 <= found.upper_limit.upper
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def test_a_constant_shift_is_all_bias():
    reference = np.asarray([60.0, 90.0, 120.0, 150.0])
    found = density_agreement(reference + 5.0, reference)
    assert (found.bias.estimate, found.mae.estimate, found.rmse.estimate) == (5.0, 5.0, 5.0)
    assert found.lower_limit.estimate == found.upper_limit.estimate == 5.0
    assert found.r.estimate == pytest.approx(1.0)
    # Lin's concordance: 2 s^2 / (2 s^2 + shift^2), s^2 = 1125.
    assert found.ccc.estimate == pytest.approx(2250 / 2275)
    # Shrout and Fleiss: MS of patients 3000, of methods 50, of error 0.
    assert found.icc.estimate == pytest.approx(3000 / (3000 + 2 * 50 / 4))
    assert found.calibration.slope.estimate == pytest.approx(1.0)
    assert found.calibration.intercept.estimate == pytest.approx(-5.0)
    assert found.proportional.slope.estimate == pytest.approx(0.0, abs=1e-12)
    assert found.notes == ()


def test_a_stretched_density_has_a_proportional_bias():
    reference = np.linspace(50, 200, 40)
    found = density_agreement(1.2 * reference, reference)
    # (1.2 - 1) x against 1.1 x.
    assert found.proportional.slope.estimate == pytest.approx(0.2 / 1.1)
    assert found.calibration.slope.estimate == pytest.approx(1 / 1.2)


def test_errors_are_those_of_scikit_learn():
    from sklearn import metrics

    rng = np.random.default_rng(2)
    reference = rng.normal(110, 35, 50)
    index = reference + rng.normal(3, 12, 50)
    found = density_agreement(index, reference)
    assert found.mae.estimate == pytest.approx(metrics.mean_absolute_error(reference, index))
    rmse = metrics.root_mean_squared_error(reference, index)
    assert found.rmse.estimate == pytest.approx(rmse)
    assert found.rmse.lower < rmse < found.rmse.upper


def test_too_few_pairs_and_no_variation_are_said():
    two = np.asarray([1.0, 2.0])
    assert density_agreement(two, two) is None
    three = density_agreement(np.asarray([80.0, 100.0, 140.0]), np.asarray([80.0, 110.0, 130.0]))
    assert three.r is None
    assert "Fewer than four pairs" in three.notes[0]
    flat = density_agreement(np.full(4, 90.0), np.asarray([80.0, 90.0, 100.0, 110.0]))
    assert (flat.r, flat.ccc, flat.calibration) == (None, None, None)
    assert "all the same" in flat.notes[0]


def test_patients_without_a_density_make_no_pair(cases):
    index, reference = density_pairs(cases)
    assert len(index) == len(reference) == 7
    assert (index[0], reference[0]) == (140, 150)
