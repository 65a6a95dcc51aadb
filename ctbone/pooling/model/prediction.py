"""Limits by Student's t: of the pooled values, and of the accuracy of a further study."""

from __future__ import annotations

import numpy as np

from ctbone.confidence import t_value, z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import from_logit, likelihood_ratios
from ctbone.records import Interval


def student_intervals(fit: BivariateFit, confidence: float) -> dict[str, Interval]:
    """Return the pooled values with Student's limits, k - 2 degrees of freedom.

    As Wald's limits of logits and logarithms, with another quantile: the variances between studies
    are estimated from few of them. Two parameters of the mean leave k - 2 degrees, as for the
    further study below; how often they hold is measured in ``benchmarks/coverage.py``.

    Returns:
        Sensitivity, specificity, both likelihood ratios and the diagnostic odds ratio, by name.
    """
    # from_logit takes the normal quantile; standard errors are stretched to Student's.
    stretch = t_value(confidence, fit.k - 2) / z_value(confidence)
    covariance = stretch**2 * fit.covariance[:2, :2]
    sens, spec = (
        from_logit(float(centre), float(error), confidence)
        for centre, error in zip(fit.mean, np.sqrt(np.diagonal(covariance)), strict=True)
    )
    ratios = likelihood_ratios(fit.mean, covariance, confidence)
    names = ("lr_positive", "lr_negative", "dor")
    return {"sensitivity": sens, "specificity": spec, **dict(zip(names, ratios, strict=True))}


def prediction_interval(fit: BivariateFit, margin: int, confidence: float) -> Interval:
    """Return the prediction interval of one margin (0 sensitivity, 1 specificity).

    Student's quantile with k - 2 degrees of freedom, on the logit (Higgins et al., J R Stat Soc A
    2009;172:137).
    """
    spread = float(np.sqrt(fit.covariance[margin, margin] + fit.between[margin, margin]))
    quantile = t_value(confidence, fit.k - 2)
    # from_logit takes the normal quantile; its standard error is stretched to Student's.
    return from_logit(float(fit.mean[margin]), spread * quantile / z_value(confidence), confidence)
