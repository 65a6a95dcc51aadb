from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from ctbone.pooling.heterogeneity import (
    examine_heterogeneity,
    spread,
    threshold_effect,
    zhou_dendukuri,
)
from ctbone.pooling.homogeneity import as_test, homogeneity, midas_joint, variation
from ctbone.pooling.model.bivariate import fit_bivariate

from .conftest import PERFECT, load_pins, to_counts

#: In the first two a study without one side counts as a table in the reference; in the third 21
#: nodes are not exact.
APART = ("edge_empty_study_k6", "edge_no_diseased_k6", "edge_zero_cells_k6")

NAMES = [
    name
    for name, entry in load_pins().items()
    if name not in (*PERFECT, *APART) and len(entry["tables"]) > 3
]


@pytest.fixture(scope="module")
def fits(counts):
    return {name: fit_bivariate(counts[name]) for name in NAMES}


def near(value, *, rel=1e-4, least=1e-7):
    return pytest.approx(value, rel=rel, abs=least)


def assert_test(found, expected, rel=1e-4):
    if not expected or expected["Q"] < 1e-9:
        # The reference gives a rounding error, or nothing, where no study differs.
        assert (found.q, found.p) == (near(0.0, least=1e-5), near(1.0, least=0.51))
        return
    assert found.q == near(expected["Q"], rel=rel, least=1e-5)
    assert found.df == expected["df"]
    assert found.i2 == near(expected["I2"], rel=rel, least=1e-3)
    if expected.get("I2_lo") is not None:
        # The limits take the difference of two roots of nearly equal numbers.
        assert found.i2_lower == near(expected["I2_lo"], rel=1e-3, least=0.02)
        assert found.i2_upper == near(expected["I2_hi"], rel=1e-3, least=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_pearsons_tests(pins, counts, name):
    expected = pins[name]["python_exact"]["heterogeneity"]
    for margin, key in ((0, "pearson_Q_sens"), (1, "pearson_Q_spec")):
        found = homogeneity(counts[name], margin)
        assert_test(found, expected[key], rel=1e-8)
        if expected[key]:
            assert found.p == near(expected[key]["p"], rel=1e-6, least=1e-300)


@pytest.mark.parametrize("name", NAMES)
def test_joint_tests(pins, counts, fits, name):
    expected = pins[name]["python_exact"]["heterogeneity"]
    found = midas_joint(counts[name], fits[name])
    assert_test(found, expected["LRT_joint_aghq21"])
    # Half, as MIDAS does: under its null a variance lies on its boundary.
    assert found.p == near(0.5 * np.exp(-found.q / 2.0), rel=1e-9, least=1e-300)
    found = variation(counts[name], fits[name])
    assert found.q == near(expected["LRT_vs_fixed_3df"]["Q"], least=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_zhou_dendukuri(pins, counts, fits, name):
    expected = pins[name]["python_exact"]["heterogeneity"]["zhou_dendukuri"]
    found = zhou_dendukuri(counts[name], fits[name])
    assert found.sensitivity == near(expected["I2_sens"], least=1e-4)
    assert found.specificity == near(expected["I2_spec"], least=1e-4)
    # The determinant at a correlation of one is rounding.
    edge = "correlation +-1" in fits[name].boundary
    assert found.joint == near(expected["I2_biv"], least=0.1 if edge else 1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_intraclass_correlation_and_median(pins, counts, fits, name):
    expected = pins[name]["python_exact"]["heterogeneity"]
    for margin, key in ((0, "sens"), (1, "spec")):
        found = spread(fits[name], margin, confidence=0.95)
        if found is None:
            assert expected[f"ICC_{key}"] == near(0.0, least=1e-6)
            continue
        assert found.icc.estimate == near(expected[f"ICC_{key}"])
        assert found.median.estimate == near(expected[f"MED_{key}"])
        odds = found.median.estimate / (1.0 - found.median.estimate)
        assert found.median_odds_ratio.estimate == pytest.approx(odds)
    share = threshold_effect(counts[name], fits[name]).share
    if share is not None and expected["threshold_prop_rho2"] is not None:
        assert share == near(expected["threshold_prop_rho2"])


@pytest.mark.parametrize("name", NAMES)
def test_spearman(pins, counts, name):
    # R's cor.test of observed proportions, half a patient a cell where one is empty.
    expected = pins[name]["r"]["spearman"]
    found = threshold_effect(counts[name], None)
    assert (found.share, found.spearman is None) == (None, expected["rho"] is None)
    if found.spearman is not None:
        assert found.spearman == near(expected["rho"], rel=1e-8)


def test_spearmans_probability_is_students():
    from scipy.stats import spearmanr

    counts = to_counts(
        [(9, 3, 1, 8), (20, 4, 9, 30), (14, 1, 2, 15), (8, 6, 3, 9), (30, 9, 5, 22)]
    )
    odds = counts.events / (counts.totals - counts.events)
    expected = spearmanr(odds[:, 0], -odds[:, 1])
    found = threshold_effect(counts, None)
    assert found.spearman == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue)


def test_three_studies_have_a_rank_correlation_and_two_have_none():
    rows = [(9, 3, 1, 8), (20, 4, 9, 30), (14, 1, 2, 15)]
    assert threshold_effect(to_counts(rows), None).spearman == pytest.approx(0.5)
    assert threshold_effect(to_counts(rows[:2]), None).spearman is None


def test_homogeneity_is_that_of_a_table_of_counts(counts):
    known = counts["auditc"]
    table = np.stack([known.events[:, 0], (known.totals - known.events)[:, 0]])
    expected, p, df, _ = chi2_contingency(table, correction=False)
    found = homogeneity(known, 0)
    assert (found.q, found.df, found.p) == (pytest.approx(expected), df, pytest.approx(p))


def test_a_statistic_below_its_degrees_of_freedom_has_no_share():
    found = as_test(3.0, 5, confidence=0.95)
    assert (found.i2, found.i2_lower) == (0.0, 0.0)
    assert 0.0 < found.i2_upper <= 100.0
    assert as_test(0.3, 1, confidence=0.95).i2_upper is None
    assert as_test(0.0, 0, confidence=0.95).p == 1.0


def test_wider_confidence_widens_the_limits(fits, counts):
    narrow, wide = (homogeneity(counts["auditc"], 1, confidence=c) for c in (0.8, 0.99))
    assert wide.i2_lower < narrow.i2_lower < narrow.i2_upper < wide.i2_upper
    narrow, wide = (spread(fits["auditc"], 0, confidence=c).icc for c in (0.8, 0.99))
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_all_of_it_without_a_model(counts):
    found = examine_heterogeneity(counts["edge_k3"], None, None, confidence=0.95)
    assert (found.midas_joint, found.variation, found.zhou_dendukuri) == (None, None, None)
    assert (found.spread_sensitivity, found.threshold.share) == (None, None)
    assert found.sensitivity.df == 2


def test_identical_tables_have_no_ranks(counts):
    assert threshold_effect(counts["edge_identical_k5"], None).spearman is None
