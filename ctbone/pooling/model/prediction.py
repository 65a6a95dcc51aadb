"""Where the true accuracy of a further study is expected."""

from __future__ import annotations

import numpy as np

from ctbone.confidence import t_value, z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import from_logit
from ctbone.records import Interval


def prediction_interval(fit: BivariateFit, margin: int, confidence: float) -> Interval:
    """Return the prediction interval of one margin (0 sensitivity, 1 specificity).

    Student's quantile with k - 2 degrees of freedom, on the logit (Higgins et al., J R Stat Soc A
    2009;172:137).
    """
    spread = float(np.sqrt(fit.covariance[margin, margin] + fit.between[margin, margin]))
    quantile = t_value(confidence, fit.k - 2)
    # from_logit takes the normal quantile; its standard error is stretched to Student's.
    return from_logit(float(fit.mean[margin]), spread * quantile / z_value(confidence), confidence)
