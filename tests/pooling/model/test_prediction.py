from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import t

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.intervals import likelihood_ratios
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.prediction import prediction_interval, student_intervals


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("margin", [0, 1])
def test_the_interval_is_students_on_the_logit(tables, confidence, margin):
    fit = fit_bivariate(Counts.from_tables(tables["auditc"]))
    found = prediction_interval(fit, margin, confidence)
    spread = np.sqrt(fit.covariance[margin, margin] + fit.between[margin, margin])
    low, high = t.interval(confidence, fit.k - 2, loc=fit.mean[margin], scale=spread)
    assert (found.lower, found.upper) == pytest.approx((expit(low), expit(high)), rel=1e-9)
    assert found.estimate == pytest.approx(expit(fit.mean[margin]))


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_pooled_values_have_students_limits_on_logit_and_logarithm(tables, confidence):
    fit = fit_bivariate(Counts.from_tables(tables["auditc"]))
    found = student_intervals(fit, confidence)
    df, covariance = fit.k - 2, fit.covariance[:2, :2]
    errors = np.sqrt(np.diagonal(covariance))
    for margin, name in enumerate(("sensitivity", "specificity")):
        low, high = t.interval(confidence, df, loc=fit.mean[margin], scale=errors[margin])
        assert (found[name].lower, found[name].upper) == pytest.approx((expit(low), expit(high)))
    # The logarithm of the diagnostic odds ratio is the sum of the logits.
    low, high = t.interval(confidence, df, loc=fit.mean.sum(), scale=np.sqrt(covariance.sum()))
    assert (found["dor"].lower, found["dor"].upper) == pytest.approx(np.exp((low, high)))


def test_students_limits_are_wider_than_walds_and_about_the_same_values(tables):
    fit = fit_bivariate(Counts.from_tables(tables["auditc"]))
    positive, negative, dor = likelihood_ratios(fit.mean, fit.covariance[:2, :2], 0.95)
    student = student_intervals(fit, 0.95)
    for name, found in (("lr_positive", positive), ("lr_negative", negative), ("dor", dor)):
        wider = student[name]
        assert wider.estimate == found.estimate
        assert wider.lower < found.lower < found.upper < wider.upper
