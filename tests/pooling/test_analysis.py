from __future__ import annotations

import numpy as np
import pytest

from ctbone.interchange import AccuracyTable
from ctbone.pooling.analysis import analyse
from ctbone.pooling.asymmetry import deeks
from ctbone.pooling.bivariate import fit_bivariate
from ctbone.pooling.fagan import update
from ctbone.pooling.heterogeneity import homogeneity, zhou_dendukuri
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.likelihood import Counts
from ctbone.pooling.regression import compare_groups
from ctbone.pooling.sroc import area, confidence_region, curve, prediction_region
from ctbone.records import ContingencyTable, Interval

NAMES = ("auditc", "telomerase", "scheidler_lag", "scheidler_ct")


@pytest.fixture(scope="module")
def fits(tables):
    counts = {name: Counts.from_tables(tables[name]) for name in NAMES}
    return {name: (counts[name], fit_bivariate(counts[name])) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_area_under_the_curve(reference, fits, name):
    auc, expected = area(fits[name][1], 0.95), reference[name]["auc"]
    assert auc.estimate == pytest.approx(expected["est"], rel=1e-4)
    if expected["lo"] is not None:
        assert auc.lower == pytest.approx(expected["lo"], rel=1e-3)
        assert auc.upper == pytest.approx(expected["hi"], rel=1e-3)


def test_the_curve_passes_below_one_and_falls_with_specificity(fits):
    sensitivity = curve(fits["auditc"][1], np.asarray([0.05, 0.5, 0.95]))
    # Independent 21x21 quadrature fit, metandi's HSROC curve.
    np.testing.assert_allclose(sensitivity, [0.9999987, 0.99713102, 0.13545027], rtol=1e-4)


def test_the_prediction_region_holds_the_confidence_region(fits):
    fit = fits["auditc"][1]
    inner, outer = confidence_region(fit, 0.95), prediction_region(fit, 0.95)
    # Independent 21x21 quadrature fit; corners of both regions.
    assert inner[:, 0].min() == pytest.approx(0.772367, abs=1e-3)
    assert outer[:, 0].min() == pytest.approx(0.101983, abs=1e-3)
    assert outer[:, 1].max() == pytest.approx(0.955278, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_zhou_dendukuri(reference, fits, name):
    found, expected = zhou_dendukuri(*fits[name]), reference[name]["zhou_dendukuri"]
    assert found.sensitivity == pytest.approx(expected["I2_sens"], rel=1e-4)
    assert found.specificity == pytest.approx(expected["I2_spec"], rel=1e-4)
    # The determinant at a correlation of one is rounding.
    assert found.joint == pytest.approx(expected["I2_biv"], rel=1e-4, abs=1e-4)


def test_homogeneity_is_pearsons_test(fits):
    from scipy.stats import chi2_contingency

    counts = fits["auditc"][0]
    table = np.stack([counts.events[:, 0], (counts.totals - counts.events)[:, 0]])
    expected, p, df, _ = chi2_contingency(table, correction=False)
    found = homogeneity(counts, 0)
    assert (found.q, found.df, found.p) == (pytest.approx(expected), df, pytest.approx(p))


@pytest.mark.parametrize("name", NAMES)
def test_deeks(reference, fits, name):
    found = deeks(fits[name][0])
    for quantity, value in reference[name]["deeks"].items():
        assert getattr(found, quantity) == pytest.approx(value, rel=1e-6), quantity


def test_deeks_has_nothing_to_say_of_equal_studies(tables):
    assert deeks(Counts.from_tables([tables["auditc"][0]] * 6)) is None
    assert deeks(Counts.from_tables(tables["auditc"][:2])) is None


def test_leaving_one_out_is_fitting_the_others(fits):
    counts, fit = fits["auditc"]
    found = leave_one_out(counts, fit)
    assert len(found) == len(counts)
    # Independent 21x21 quadrature fit without the first study.
    assert found[0].sensitivity == pytest.approx(0.9300880067, rel=1e-5)
    cold = fit_bivariate(counts.take(np.arange(len(counts)) != 5))
    assert found[5].specificity == pytest.approx(1 / (1 + np.exp(-cold.mean[1])), rel=1e-6)


def test_fagan_multiplies_odds():
    step = update(0.2, Interval(4.0, 2.0, 8.0), Interval(0.25, 0.1, 0.5))
    assert step.positive.estimate == pytest.approx(0.5)
    assert step.negative.estimate == pytest.approx(0.25 * 0.25 / (1 + 0.25 * 0.25))
    with pytest.raises(ValueError, match="prior probability must lie between 0 and 1, got 1"):
        update(1.0, Interval(4.0, 2.0, 8.0), Interval(0.25, 0.1, 0.5))


def test_groups_without_a_difference_do_not_differ(fits):
    counts, fit = fits["auditc"]
    twice = Counts(np.tile(counts.events, (2, 1)), np.tile(counts.totals, (2, 1)))
    labels = ["a"] * len(counts) + ["b"] * len(counts)
    found = compare_groups(twice, labels, fit_bivariate(twice), confidence=0.95)
    assert found.chi2 == pytest.approx(0.0, abs=1e-5)
    assert (found.df, [group.k for group in found.groups]) == (2, [14, 14])
    assert found.groups[0].sensitivity.estimate == pytest.approx(
        1 / (1 + np.exp(-fit.mean[0])), rel=1e-3
    )


def test_a_constant_covariate_is_refused(fits):
    counts, fit = fits["auditc"]
    with pytest.raises(ValueError, match="14 labels, 1 different, for 14 studies"):
        compare_groups(counts, ["a"] * 14, fit, confidence=0.95)


def test_a_group_without_errors_has_a_test_and_no_finite_logit():
    errors = [0, 0, 0, 0, 4, 9, 2, 6]
    tables = [
        ContingencyTable(true_positives=20 + i, false_positives=fp, false_negatives=4 + i % 3,
                         true_negatives=40 - fp)
        for i, fp in enumerate(errors)
    ]  # fmt: skip
    counts = Counts.from_tables(tables)
    found = compare_groups(counts, list("aaaabbbb"), fit_bivariate(counts), confidence=0.95)
    clean, other = found.groups
    assert (clean.specificity, clean.k) == (Interval(1.0, 0.0, 1.0), 4)
    assert other.specificity.upper < 1.0
    assert 0.0 < clean.sensitivity.lower < clean.sensitivity.upper < 1.0
    assert found.p < 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "covariate"),
    # In the latter two a group has no false positives, or a study no false negatives.
    [
        ("pet_axillary39", "prodesign"),
        ("pet_axillary20", "prodesign"),
        ("pet_axillary20", "blinded"),
    ],
)
def test_meta_regression_agrees(shared_data, every_set, name, covariate):
    import csv

    ((_, tables, known),) = [entry for entry in every_set if entry[0] == name]
    path = shared_data / "dta" / "datasets" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        labels = [row[covariate] for row in csv.DictReader(file)]
    counts = Counts.from_tables(tables)
    found = compare_groups(counts, labels, fit_bivariate(counts), confidence=0.95)
    expected = known["python_exact"]["meta_regression"][covariate]["aghq21"]
    assert found.chi2 == pytest.approx(expected["Q"], rel=1e-4)


def test_an_analysis_says_what_it_cannot_say(tables):
    rows = [AccuracyTable(study="S", table=t) for t in tables["auditc"][:3]]
    found = analyse(rows)
    assert (found.auc, found.midas, found.influence, found.subgroups) == (None, None, (), {})
    assert any("too few" in note for note in found.notes)
    assert any("several tables, counted as if independent: S" in note for note in found.notes)
