"""Tests that the studies agree: of each margin, and of both together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, xlogy

from ctbone.confidence import z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import NODES, Fit, maximise
from ctbone.pooling.model.likelihood import Array, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """A test of homogeneity.

    Attributes:
        q: Its statistic.
        df: Degrees of freedom.
        p: Probability of at least this under homogeneity.
        i2: Share of the variation that is not chance, percent.
        i2_lower: Lower limit of it; ``None`` where the formula has none.
        i2_upper: Upper limit.
    """

    q: float
    df: int
    p: float
    i2: float
    i2_lower: float | None = None
    i2_upper: float | None = None


def homogeneity(counts: Counts, margin: int, *, confidence: float = 0.95) -> Homogeneity:
    """Return Pearson's test that one margin (0 sensitivity, 1 specificity) is the same everywhere.

    Raw proportions around the pooled one, without correction.
    """
    seen = counts.totals[:, margin] > 0
    y, n = counts.events[seen, margin], counts.totals[seen, margin]
    return around(y, n, float(y.sum() / n.sum()), confidence=confidence)


def around(y: Array, n: Array, p: float, *, confidence: float) -> Homogeneity:
    """Return Pearson's test that the proportions y of n are all ``p``."""
    # With a perfect margin every study agrees with every other.
    q = float(((y - n * p) ** 2 / (n * p * (1.0 - p))).sum()) if 0.0 < p < 1.0 else 0.0
    return as_test(q, len(y) - 1, confidence=confidence)


def variation(counts: Counts, fit: BivariateFit, *, confidence: float = 0.95) -> Homogeneity:
    """Return the likelihood-ratio test of no variation between studies at all.

    Three variance components are tested at the edge of their space; the chi-square distribution
    with three degrees of freedom makes the probability too large, never too small.
    """
    gain = 2.0 * (fit.log_likelihood - fixed_log_likelihood(counts))
    return as_test(max(gain, 0.0), 3, confidence=confidence)


def fixed_log_likelihood(counts: Counts) -> float:
    """Return the log-likelihood of one sensitivity and one specificity for all studies."""
    y, n = counts.events, counts.totals
    p = y.sum(0) / n.sum(0)
    return float((xlogy(y, p) + xlogy(n - y, 1.0 - p)).sum() + counts.log_coefficients().sum())


def midas_joint(counts: Counts, fit: BivariateFit, *, confidence: float = 0.95) -> Homogeneity:
    """Return the joint test that MIDAS prints beside its I2.

    It compares the bivariate model with one intercept that both margins of a study share, which
    fits nearly no real data: I2 comes out between 95 and 100 % almost always.
    """
    null = shared_intercept(counts, fit)
    gain = max(2.0 * (fit.log_likelihood - null.log_likelihood), 0.0)
    return halved(as_test(gain, 2, confidence=confidence))


def shared_intercept(counts: Counts, fit: BivariateFit) -> Fit:
    """Fit the model in which sensitivity and specificity of a study share one random intercept."""
    # At a standard deviation of 0 the score is zero by symmetry: the search starts off it.
    start = np.asarray([*fit.mean, max(float(np.sqrt(np.diag(fit.between)).mean()), 0.1)])
    return maximise(counts, shared_design(len(counts)), start, nodes=NODES)


def shared_design(k: int) -> Array:
    """Return how both means and one standard deviation make up a study, shape ``(k, 5, 3)``."""
    columns = np.zeros((5, 3))
    columns[0, 0] = columns[1, 1] = columns[2, 2] = columns[3, 2] = 1.0
    return np.broadcast_to(columns, (k, 5, 3))


def halved(test: Homogeneity) -> Homogeneity:
    """Halve the probability, as MIDAS does: under its null a variance lies on its boundary."""
    limits = {"i2_lower": test.i2_lower, "i2_upper": test.i2_upper}
    return Homogeneity(q=test.q, df=test.df, p=0.5 * test.p, i2=test.i2, **limits)


def as_test(q: float, df: int, *, confidence: float) -> Homogeneity:
    """Return a chi-square statistic as a test, with I2 and its limits."""
    if df < 1:
        return Homogeneity(q=0.0, df=0, p=1.0, i2=0.0)
    i2 = 100.0 * max(0.0, (q - df) / q) if q > 0.0 else 0.0
    lower, upper = _i2_limits(q, df, i2, confidence)
    return Homogeneity(q=q, df=df, p=upper_tail(q, df), i2=i2, i2_lower=lower, i2_upper=upper)


def upper_tail(chi2: float, df: int) -> float:
    """Return the probability of at least this chi-square."""
    return float(gammaincc(df / 2.0, chi2 / 2.0))


def _i2_limits(q: float, df: int, i2: float, confidence: float) -> tuple[float | None, ...]:
    """Return test-based limits as MIDAS has them (after Stat Med 2002;21:1539)."""
    k = df + 1
    if q > k:
        gap = math.sqrt(2.0 * q) - math.sqrt(2.0 * k - 3.0)
        se = 0.5 * (math.log(q) - math.log(df)) / gap
    elif k > 2:
        se = math.sqrt((1.0 - 1.0 / (3.0 * (k - 2) ** 2)) / (2.0 * (k - 2)))
    else:
        return None, None
    reach = 100.0 * z_value(confidence) * 2.0 * se / max(q / df, 1.0)
    return max(i2 - reach, 0.0), min(i2 + reach, 100.0)
