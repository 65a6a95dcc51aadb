from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import t

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.prediction import prediction_interval


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("margin", [0, 1])
def test_the_interval_is_students_on_the_logit(tables, confidence, margin):
    fit = fit_bivariate(Counts.from_tables(tables["auditc"]))
    found = prediction_interval(fit, margin, confidence)
    spread = np.sqrt(fit.covariance[margin, margin] + fit.between[margin, margin])
    low, high = t.interval(confidence, fit.k - 2, loc=fit.mean[margin], scale=spread)
    assert (found.lower, found.upper) == pytest.approx((expit(low), expit(high)), rel=1e-9)
    assert found.estimate == pytest.approx(expit(fit.mean[margin]))
