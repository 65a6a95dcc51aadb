"""Whether accuracy moves with a number: the year, the age, a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctbone.confidence import z_value
from ctbone.pooling.homogeneity import as_test
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import Fit
from ctbone.pooling.model.intervals import from_logit
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.pooling.moderators.moderation import fit_means, mean_design, wald
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """How one margin moves with the covariate.

    Attributes:
        slope: Change of the logit for one unit of the covariate.
        se: Standard error of it.
        p: Wald test of no slope, two-sided.
        at_centre: Pooled proportion at the mean of the covariate.
    """

    slope: Interval
    se: float
    p: float
    at_centre: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Joint test that neither margin moves with the covariate.

    Attributes:
        k: Tables that state it, in both models.
        patients: Patients in them.
        centre: Mean of the covariate over these tables.
        lowest: Smallest value.
        highest: Largest value.
        chi2: Twice the gain in log-likelihood.
        df: Degrees of freedom.
        p: Probability of at least this without a slope.
        i2: ``(chi2 - df) / chi2`` in percent, at least 0.
        i2_lower: Lower limit of it.
        i2_upper: Upper limit.
        sensitivity: Slope of the logit of sensitivity.
        specificity: Slope of the logit of specificity.
    """

    k: int
    patients: int
    centre: float
    lowest: float
    highest: float
    chi2: float
    df: int
    p: float
    i2: float
    i2_lower: float | None
    i2_upper: float | None
    sensitivity: Slope
    specificity: Slope


def fit_trend(
    counts: Counts, values: Array, fit: BivariateFit, *, confidence: float
) -> Trend | None:
    """Regress the logits of both margins on a number.

    Args:
        counts: What the studies saw.
        values: The number of each study, shape ``(k,)``.
        fit: The model without it, on the same studies.
        confidence: Of the intervals.

    Returns:
        ``None`` where the model has no finite maximum.

    Raises:
        ValueError: If there are not as many values as studies, or all are one number.
    """
    spread = float(np.std(values)) if len(values) else 0.0
    if len(values) != len(counts) or not spread > 0.0:
        found = f"{len(values)} values with a spread of {spread:g}"
        raise ValueError(f"a slope needs differing values for {len(counts)} studies, got {found}")
    centre = float(values.mean())
    # In units of its own spread a covariate of any scale is as easy to climb.
    columns = np.stack((np.ones(len(values)), (values - centre) / spread), axis=1)
    means = [float(fit.mean[0]), 0.0, float(fit.mean[1]), 0.0]
    fitted = fit_means(counts, mean_design(columns, columns), fit, means)
    if not fitted.has_converged:
        return None
    test = as_test(
        max(2.0 * (fitted.log_likelihood - fit.log_likelihood), 0.0), 2, confidence=confidence
    )
    return Trend(
        k=len(counts),
        patients=int(counts.totals.sum()),
        centre=centre,
        lowest=float(values.min()),
        highest=float(values.max()),
        chi2=test.q,
        df=2,
        p=test.p,
        i2=test.i2,
        i2_lower=test.i2_lower,
        i2_upper=test.i2_upper,
        sensitivity=_slope(fitted, 0, spread, confidence),
        specificity=_slope(fitted, 2, spread, confidence),
    )


def _slope(fit: Fit, first: int, spread: float, confidence: float) -> Slope:
    errors = np.sqrt(np.diag(fit.covariance))
    slope, se = float(fit.phi[first + 1]) / spread, float(errors[first + 1]) / spread
    reach = z_value(confidence) * se
    return Slope(
        slope=Interval(slope, slope - reach, slope + reach),
        se=se,
        p=wald(fit.phi, fit.covariance, np.eye(len(fit.phi))[[first + 1]]),
        at_centre=from_logit(float(fit.phi[first]), float(errors[first]), confidence),
    )
