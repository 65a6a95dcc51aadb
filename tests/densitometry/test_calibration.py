"""Lines from HU to mg/cm3, fitted and kept."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ctbone.confidence import t_value
from ctbone.densitometry import Calibration, fit_calibration, load_calibration, save_calibration

LINE = Calibration(
    slope_mg_cm3_per_hu=0.82,
    intercept_mg_cm3=-3.0,
    phantom="k2hpo4",
    scanner="Scanner A",
    kvp=120.0,
    source="paired QCT",
    residual_sd_mg_cm3=4.6,
)
ABOUT = {"phantom": "k2hpo4", "scanner": "A", "kvp": 120.0, "source": "pairs"}


def test_density_lies_on_the_line():
    assert LINE.density_mg_cm3(100.0) == pytest.approx(79.0)
    assert LINE.sd_mg_cm3 == 4.6


def test_hydroxyapatite_is_turned_into_k2hpo4():
    line = dataclasses.replace(LINE, phantom="hydroxyapatite", slope_mg_cm3_per_hu=1.0)
    hydroxyapatite = 100.0 - 3.0
    assert line.density_mg_cm3(100.0) * 1.15 - 7.32 == pytest.approx(hydroxyapatite)
    assert line.sd_mg_cm3 == pytest.approx(4.6 / 1.15)


def test_a_fit_agrees_with_scipy():
    rng = np.random.default_rng(7)
    hu = rng.uniform(40.0, 220.0, 30)
    bmd = 0.79 * hu + 4.0 + rng.normal(0.0, 5.0, 30)
    line = fit_calibration(hu, bmd, **ABOUT)
    expected = stats.linregress(hu, bmd)
    assert line.slope_mg_cm3_per_hu == pytest.approx(expected.slope)
    assert line.intercept_mg_cm3 == pytest.approx(expected.intercept)
    assert line.slope_se == pytest.approx(expected.stderr)
    assert line.intercept_se_mg_cm3 == pytest.approx(expected.intercept_stderr)
    assert line.residual_sd_mg_cm3 == pytest.approx(5.0, rel=0.3)
    assert line.pairs == 30


def test_a_prediction_is_as_uncertain_as_in_the_text_book():
    # Rocket propellant: 20 pairs, at 10 weeks 2256.32 psi, 95 % limits 2048.32 and 2464.32
    # (Montgomery, Peck and Vining, example 2.7).
    variance, mean, spread = 9244.59, 13.3625, 1106.56
    line = dataclasses.replace(
        LINE,
        residual_sd_mg_cm3=variance**0.5,
        slope_se=(variance / spread) ** 0.5,
        intercept_se_mg_cm3=(variance * (1 / 20 + mean**2 / spread)) ** 0.5,
        line_covariance=-variance * mean / spread,
        pairs=20,
    )
    reach = t_value(0.95, line.degrees_of_freedom) * line.sd_at_mg_cm3(10.0)
    assert reach == pytest.approx((2464.32 - 2048.32) / 2, abs=0.05)


@pytest.mark.parametrize("hu", [0.0, 90.0, 300.0])
def test_a_fitted_line_knows_how_uncertain_it_is_at_every_attenuation(hu):
    seen = np.linspace(40.0, 220.0, 12)
    line = fit_calibration(seen, 0.8 * seen + 4.0 * (-1.0) ** np.arange(12), **ABOUT)
    off = (hu - seen.mean()) ** 2 / ((seen - seen.mean()) ** 2).sum()
    expected = line.residual_sd_mg_cm3 * np.sqrt(1.0 + 1.0 / 12.0 + off)
    assert line.sd_at_mg_cm3(hu) == pytest.approx(expected)
    assert line.degrees_of_freedom == 10


@pytest.mark.parametrize(
    ("of", "measured", "times"), [(1, 1, 1.0), (1, 2, 1.0), (2, 1, 2.0), (2, 2, 1.0), (2, 3, 1.0)]
)
def test_fewer_bodies_than_the_scatter_is_of_scatter_more_and_more_no_less(of, measured, times):
    line = dataclasses.replace(LINE, bodies=of)
    assert line.sd_at_mg_cm3(90.0, bodies=measured) == pytest.approx(4.6 * times**0.5)
    wide = dataclasses.replace(
        line, slope_se=0.0, intercept_se_mg_cm3=3.0, line_covariance=0.0, pairs=10
    )
    expected = (times * 4.6**2 + 9.0) ** 0.5
    assert wide.sd_at_mg_cm3(90.0, bodies=measured) == pytest.approx(expected)


def test_a_line_of_before_has_the_limits_of_before(tmp_path):
    path = tmp_path / "line.yaml"
    path.write_text(
        "{slope_mg_cm3_per_hu: 0.8, intercept_mg_cm3: 1.0, phantom: k2hpo4, scanner: A, kvp: 120,"
        " source: QCT, residual_sd_mg_cm3: 4.0, slope_se: 0.02, intercept_se_mg_cm3: 2.5,"
        " pairs: 12, line_covariance: null}"
    )
    line = load_calibration(path)
    assert [line.sd_at_mg_cm3(300.0, bodies=bodies) for bodies in (1, 2)] == [4.0, 4.0]
    assert line.degrees_of_freedom is None


@settings(max_examples=25, deadline=None)
@given(slope=st.floats(0.3, 2.0), intercept=st.floats(-40.0, 40.0))
def test_exact_pairs_give_their_line_back(slope, intercept):
    hu = np.array([30.0, 95.0, 150.0, 260.0])
    line = fit_calibration(hu, slope * hu + intercept, **ABOUT)
    assert line.density_mg_cm3(123.0) == pytest.approx(slope * 123.0 + intercept)
    assert line.residual_sd_mg_cm3 == pytest.approx(0.0, abs=1e-9)


def test_a_calibration_survives_its_file(tmp_path):
    path = tmp_path / "lines" / "a.yaml"
    save_calibration(LINE, path)
    assert load_calibration(path) == LINE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slope_mg_cm3_per_hu": -0.8}, "of .* must lie between 0.2 and 3, got -0.8"),
        ({"slope_mg_cm3_per_hu": float("nan")}, "must lie between"),
        ({"slope_mg_cm3_per_hu": 80.0}, "must lie between"),
        ({"intercept_mg_cm3": float("inf")}, "must be finite"),
        ({"phantom": "water"}, "k2hpo4 or hydroxyapatite, got 'water'"),
        ({"bodies": 0}, "bodies must be 1 or more, got 0"),
        ({"scanner": ""}, "no line holds for every scanner"),
    ],
)
def test_senseless_lines_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(LINE, **change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pairs": 9}, "needs 10 pairs, found 9"),
        ({"residual_sd_mg_cm3": 0.0, "pairs": 40}, "is 0.5 mg/cm3 or more, found 0"),
        ({"residual_sd_mg_cm3": None}, "unknown"),
    ],
)
def test_a_scatter_that_means_nothing_makes_no_interval(change, why):
    line = dataclasses.replace(LINE, **change)
    assert line.sd_mg_cm3 is None
    assert why in line.without_interval


def test_a_scatter_of_ten_pairs_makes_an_interval():
    line = dataclasses.replace(LINE, pairs=10)
    assert (line.sd_mg_cm3, line.without_interval) == (4.6, None)


@pytest.mark.parametrize("hu", [[100.0, 120.0], [90.0, 90.0, 90.0]])
def test_too_little_to_fit_is_refused(hu):
    with pytest.raises(ValueError, match="a line needs 3 pairs"):
        fit_calibration(np.array(hu), np.array(hu), **ABOUT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "line.yaml: expected a mapping"),
        ("slop: 1\n", "line.yaml holds unknown"),
        ("scanner: [\n", "line.yaml, line 2 is not YAML"),
    ],
)
def test_files_that_are_no_calibration_are_refused(tmp_path, text, message):
    path = tmp_path / "line.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_calibration(path)


def test_errors_of_a_line_widen_intervals_where_their_covariance_is_known():
    line = dataclasses.replace(
        LINE, residual_sd_mg_cm3=3.0, slope_se=0.04, intercept_se_mg_cm3=4.0
    )
    assert line.sd_at_mg_cm3(100.0) == 3.0
    wide = dataclasses.replace(line, line_covariance=-0.02)
    # Scatter, slope, intercept and what both share: 9 + 16 + 16 - 4.
    assert wide.sd_at_mg_cm3(100.0) == pytest.approx(np.sqrt(37.0))
    salt = dataclasses.replace(wide, phantom="hydroxyapatite")
    assert salt.sd_at_mg_cm3(100.0) == pytest.approx(np.sqrt(37.0) / 1.15)
    assert dataclasses.replace(wide, residual_sd_mg_cm3=None).sd_at_mg_cm3(100.0) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"line_covariance": math.nan}, "line_covariance of .* must be finite, got nan"),
        ({"residual_sd_mg_cm3": math.inf}, "residual_sd_mg_cm3 of .* must be finite, got inf"),
        ({"intercept_se_mg_cm3": math.nan}, "intercept_se_mg_cm3 of .* must be finite, got nan"),
        ({"slope_se": -1.0}, "slope_se of .* must be 0 or more, got -1"),
    ],
)
def test_a_line_whose_errors_are_none_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(LINE, **changes)
