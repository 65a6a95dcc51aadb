"""What pooling.json says of the fitted model: its parameters, its curve and what they foretell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ctbone.pooling.findings import Analysis
from ctbone.pooling.model.sroc import confidence_region, curve, hsroc, prediction_region
from ctbone.pooling.scattergram import Quadrant, quadrant
from ctbone.pooling.summary import SummaryAccuracy

#: Points of a region.
_POINTS = 121

#: What a fit is, number by number.
_PARAMETERS = (
    "logit_sensitivity",
    "logit_specificity",
    "se_logit_sensitivity",
    "se_logit_specificity",
    "cov_logits",
    "var_logit_sensitivity",
    "var_logit_specificity",
    "correlation",
)


def model_parameters(summary: SummaryAccuracy) -> dict[str, object]:
    """Return the parameters of the bivariate model by name; each ``None`` without one."""
    fit = summary.fit
    if fit is None:
        empty: dict[str, object] = dict.fromkeys(_PARAMETERS)
        return empty | {"log_likelihood": summary.log_likelihood, "boundary": []}
    values = (
        *fit.mean.tolist(),
        *np.sqrt(np.diag(fit.covariance)[:2]).tolist(),
        float(fit.covariance[0, 1]),
        *np.diag(fit.between).tolist(),
        fit.correlation,
    )
    named: dict[str, object] = dict(zip(_PARAMETERS, values, strict=True))
    return named | {"log_likelihood": fit.log_likelihood, "boundary": list(fit.boundary)}


def summary_curve(analysis: Analysis) -> Mapping[str, object] | None:
    """Return the summary curve and both regions, point by point; ``None`` without a model."""
    fit = analysis.summary.fit
    if fit is None:
        return None
    specificity, level = np.linspace(0.01, 0.99, 99), analysis.summary.confidence
    return {
        "hsroc": hsroc(fit),
        "specificity": specificity.round(4),
        "sensitivity": curve(fit, specificity),
        "confidence_region": confidence_region(fit, level, points=_POINTS),
        "prediction_region": prediction_region(fit, level, points=_POINTS),
        "partial_area": analysis.detail.partial_area if analysis.detail else None,
    }


def prediction(analysis: Analysis) -> Mapping[str, object] | None:
    """Return limits of the true accuracy of a further study; ``None`` without a model."""
    if analysis.detail is None:
        return None
    first, second = analysis.detail.prediction
    return {
        "sensitivity": {"lower": first.lower, "upper": first.upper},
        "specificity": {"lower": second.lower, "upper": second.upper},
    }


def verdict(summary: SummaryAccuracy) -> Quadrant | None:
    """Return what the pooled likelihood ratios stand for; ``None`` without them."""
    if summary.lr_positive is None or summary.lr_negative is None:
        return None
    return quadrant(summary.lr_positive.estimate, summary.lr_negative.estimate)
