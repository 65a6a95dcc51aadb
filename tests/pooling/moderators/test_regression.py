from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.moderators.regression import compare_groups
from ctbone.pooling.moderators.slopes import fit_trend
from ctbone.records import Interval
from tests.pooling.conftest import load_pins, to_counts

MARGINS = (("sens", "sensitivity"), ("spec", "specificity"))


def known(*, binary):
    """Name, covariate and reference of every meta-regression that was fitted."""
    return [
        (name, covariate, entry["aghq21"])
        for name, pin in load_pins().items()
        for covariate, entry in (pin["python_exact"].get("meta_regression") or {}).items()
        if entry and entry["binary"] == binary
    ]


def stated(pins, name, covariate):
    """Return the tables that state a covariate, and what they state."""
    rows = zip(pins[name]["tables"], pins[name]["covariates"][covariate], strict=True)
    kept = [(row, cell) for row, cell in rows if cell]
    return to_counts([row for row, _ in kept]), [cell for _, cell in kept]


def near(value, rel=1e-4):
    return pytest.approx(value, rel=rel, abs=1e-7)


@pytest.mark.parametrize(("name", "covariate", "expected"), known(binary=True))
def test_groups_agree_with_the_reference(pins, name, covariate, expected):
    counts, labels = stated(pins, name, covariate)
    found = compare_groups(counts, labels, fit_bivariate(counts), confidence=0.95)
    assert (found.chi2, found.df) == (near(expected["Q"]), 2)
    assert found.p == near(expected["p"], rel=1e-3)
    assert (found.i2, found.i2_lower) == (
        near(expected["I2"], 1e-3),
        near(expected["I2_lo"], 1e-3),
    )
    for key, margin in MARGINS:
        if any(getattr(g, margin).estimate in {0.0, 1.0} for g in found.groups):
            continue
        own = expected["coef"][key]
        assert getattr(found, f"p_{margin}") == near(own["p"], 1e-3)
        for group, reference in zip(found.groups, (own["group0"], own["group1"]), strict=True):
            value = getattr(group, margin)
            assert value.estimate == near(reference["est"])
            assert [value.lower, value.upper] == near([reference["lo"], reference["hi"]], 1e-3)


@pytest.mark.parametrize(("name", "covariate", "expected"), known(binary=False))
def test_slopes_agree_with_the_reference(pins, name, covariate, expected):
    counts, cells = stated(pins, name, covariate)
    values = np.asarray(cells, float)
    found = fit_trend(counts, values, fit_bivariate(counts), confidence=0.95)
    assert (found.chi2, found.k) == (near(expected["Q"]), len(values))
    assert found.centre == pytest.approx(values.mean())
    assert (found.i2, found.p) == (near(expected["I2"], 1e-3), near(expected["p"], 1e-3))
    assert (found.lowest, found.highest) == (values.min(), values.max())
    for key, margin in MARGINS:
        own, slope = expected["coef"][key], getattr(found, margin)
        assert slope.slope.estimate == near(own["b1"])
        assert (slope.se, slope.p) == (near(own["se_b1"]), near(own["p"], 1e-3))
        assert slope.at_centre.estimate == near(1 / (1 + np.exp(-own["b0"])))


def test_separate_covariances_are_separate_fits(pins):
    counts, labels = stated(pins, "ascus", "repc")
    reference = load_pins()["ascus"]["python_exact"]["meta_regression"]["repc"]
    found = compare_groups(
        counts, labels, fit_bivariate(counts), confidence=0.95, covariances="separate"
    )
    for group, key in zip(found.groups, ("subgroup_0", "subgroup_1"), strict=True):
        for short, margin in MARGINS:
            value = getattr(group, margin)
            assert value.estimate == near(reference[key][short]["est"], 1e-3)
            assert value.lower == near(reference[key][short]["lo"], 5e-3)
    alone = sum(reference[key]["loglik"] for key in ("subgroup_0", "subgroup_1"))
    # The null has a covariance a group too, so that the test is of the means.
    assert found.chi2 < 2.0 * (alone - fit_bivariate(counts).log_likelihood)
    assert found.covariances == "separate"


def test_groups_without_a_difference_do_not_differ(counts):
    once = counts["auditc"]
    twice = Counts(np.tile(once.events, (2, 1)), np.tile(once.totals, (2, 1)))
    labels = ["a"] * len(once) + ["b"] * len(once)
    found = compare_groups(twice, labels, fit_bivariate(twice), confidence=0.95)
    assert found.chi2 == pytest.approx(0.0, abs=1e-5)
    assert found.p_sensitivity == pytest.approx(1.0, abs=1e-3)
    assert (found.df, [group.k for group in found.groups]) == (2, [14, 14])
    assert found.groups[0].patients == once.totals.sum()
    pooled = 1 / (1 + np.exp(-fit_bivariate(once).mean[0]))
    assert found.groups[0].sensitivity.estimate == pytest.approx(pooled, rel=1e-3)


def test_three_groups_take_two_degrees_of_freedom_a_margin(counts):
    known_counts = counts["auditc"]
    labels = list("aaaaabbbbbcccc")
    found = compare_groups(known_counts, labels, fit_bivariate(known_counts), confidence=0.95)
    order = np.random.default_rng(1).permutation(14)
    shuffled = Counts(known_counts.events[order], known_counts.totals[order])
    again = compare_groups(
        shuffled, [labels[i] for i in order], fit_bivariate(shuffled), confidence=0.95
    )
    assert (found.df, len(found.groups)) == (4, 3)
    assert found.chi2 == pytest.approx(again.chi2, abs=1e-4)
    assert found.p_specificity == pytest.approx(again.p_specificity, rel=1e-3)


def test_a_constant_covariate_is_refused(counts):
    known_counts = counts["auditc"]
    fit = fit_bivariate(known_counts)
    with pytest.raises(ValueError, match="14 labels, 1 different, for 14 studies"):
        compare_groups(known_counts, ["a"] * 14, fit, confidence=0.95)
    with pytest.raises(ValueError, match="14 values with a spread of 0"):
        fit_trend(known_counts, np.full(14, 3.0), fit, confidence=0.95)


def test_a_group_without_errors_has_a_test_and_no_finite_logit():
    errors = [0, 0, 0, 0, 4, 9, 2, 6]
    counts = to_counts([(20 + i, fp, 4 + i % 3, 40 - fp) for i, fp in enumerate(errors)])
    found = compare_groups(counts, list("aaaabbbb"), fit_bivariate(counts), confidence=0.95)
    clean, other = found.groups
    assert (clean.specificity, clean.k) == (Interval(1.0, 0.0, 1.0), 4)
    assert other.specificity.upper < 1.0
    assert 0.0 < clean.sensitivity.lower < clean.sensitivity.upper < 1.0
    assert found.p < 0.05
    # The other margin has Wald's test; this one that of the likelihood, which Wald's misses.
    assert found.p_specificity < 0.01 < found.p_sensitivity


def test_a_group_without_a_hit_has_a_sensitivity_of_nought():
    hits = [0, 0, 0, 0, 4, 9, 2, 6]
    counts = to_counts([(tp, 4 + i % 3, 20 - tp, 40 + i) for i, tp in enumerate(hits)])
    found = compare_groups(counts, list("aaaabbbb"), fit_bivariate(counts), confidence=0.95)
    blind, other = found.groups
    assert (blind.sensitivity, blind.k) == (Interval(0.0, 0.0, 1.0), 4)
    assert other.sensitivity.lower > 0.0
    assert found.p_sensitivity < 0.01 < found.p_specificity


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_the_unit_of_a_number_plays_no_part(counts, scale):
    known_counts, values = counts["auditc"], np.arange(14.0) ** 1.5
    fit = fit_bivariate(known_counts)
    plain = fit_trend(known_counts, values, fit, confidence=0.95)
    scaled = fit_trend(known_counts, scale * values, fit, confidence=0.95)
    assert scaled.chi2 == pytest.approx(plain.chi2, rel=1e-6)
    slopes = [found.sensitivity.slope.estimate for found in (plain, scaled)]
    assert scale * slopes[1] == pytest.approx(slopes[0], rel=1e-5)
