from __future__ import annotations

import numpy as np
import pytest

from ctbone.interchange import AccuracyTable
from ctbone.pooling.analysis import analyse
from ctbone.pooling.bivariate import fit_bivariate
from ctbone.pooling.fagan import update
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.likelihood import Counts
from ctbone.pooling.sroc import area, confidence_region, curve, prediction_region
from ctbone.records import Interval

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


def test_an_analysis_says_what_it_cannot_say(tables):
    rows = [AccuracyTable(study="S", table=t) for t in tables["auditc"][:3]]
    found = analyse(rows)
    assert (found.auc, found.midas, found.influence, found.subgroups) == (None, None, (), {})
    assert any("too few" in note for note in found.notes)
    assert any("several tables, counted as if independent: S" in note for note in found.notes)
