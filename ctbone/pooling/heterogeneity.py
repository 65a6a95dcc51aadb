"""How much the studies differ beyond chance, and how much of it a threshold could explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaincc, ndtri, stdtr, xlogy
from scipy.stats import rankdata

from ctbone.confidence import z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import NODES, Fit, maximise
from ctbone.pooling.model.intervals import LARGEST_LOG
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.records import Interval

#: Variance of a standard logistic, the error that a patient adds on the logit scale.
LOGISTIC = math.pi**2 / 3.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ZhouDendukuri:
    """Shares of the variation that lie between studies, percent (Stat Med 2014;33:2701).

    Attributes:
        sensitivity: Of sensitivity.
        specificity: Of specificity.
        joint: Of both together, by determinants; correlation counts.
    """

    sensitivity: float
    specificity: float
    joint: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What the variance of one margin between studies amounts to.

    Attributes:
        icc: Share of the variance of a patient's latent response that lies between studies.
        median: The median odds ratio as a probability, ratio / (1 + ratio), as MIDAS prints it;
            0.5 without variation.
        median_odds_ratio: Median ratio of the odds of two studies drawn at random, the higher
            over the lower (Larsen et al., Biometrics 2000;56:909); 1 without variation.
    """

    icc: Interval
    median: Interval
    median_odds_ratio: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdEffect:
    """Signs that studies differ because they call a patient positive at different thresholds.

    Attributes:
        share: Squared correlation of the logits between studies: the share of the heterogeneity
            that one threshold could explain; ``None`` where a variance is zero.
        spearman: Rank correlation of the observed logits of sensitivity and of 1 - specificity;
            well above zero where a threshold moves. ``None`` where the ranks are all alike.
        p: Two-sided probability of it without a relation.
    """

    share: float | None
    spearman: float | None
    p: float | None


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


def zhou_dendukuri(counts: Counts, fit: BivariateFit) -> ZhouDendukuri:
    """Return the I2 that sets variance between studies against that expected within them."""
    within = np.asarray([_within(counts, fit, margin) for margin in (0, 1)])
    between = np.diag(fit.between)
    alone = 100.0 * between / (between + within)
    determinant = float(between.prod() - fit.between[0, 1] ** 2)
    joint = float(np.sqrt(max(determinant, 0.0)))
    return ZhouDendukuri(
        sensitivity=float(alone[0]),
        specificity=float(alone[1]),
        joint=100.0 * joint / (joint + float(np.sqrt(within.prod()))),
    )


def _within(counts: Counts, fit: BivariateFit, margin: int) -> float:
    n: Array = counts.totals[counts.totals[:, margin] > 0, margin]
    mean, half = fit.mean[margin], fit.between[margin, margin] / 2.0
    return float((1.0 / n).mean() * (np.exp(half + mean) + np.exp(half - mean) + 2.0))


def spread(fit: BivariateFit, margin: int, *, confidence: float) -> Spread | None:
    """Return what the variance of a margin amounts to; ``None`` where it is zero.

    The limits are those of the variance on its logarithm, carried over.
    """
    variance = float(fit.between[margin, margin])
    if variance == 0.0:
        return None
    se = math.sqrt(max(float(fit.covariance[2 + margin, 2 + margin]), 0.0)) / variance
    # Further out the variance itself would overflow; what it amounts to is 1 long before.
    reach = min(z_value(confidence) * se, 300.0)
    variances = variance * np.exp([0.0, -reach, reach])
    distance = np.minimum(np.sqrt(2.0 * variances) * ndtri(0.75), LARGEST_LOG)
    return Spread(
        icc=_interval(variances / (variances + LOGISTIC)),
        median=_interval(expit(distance)),
        median_odds_ratio=_interval(np.exp(distance)),
    )


def _interval(values: Array) -> Interval:
    estimate, lower, upper = (float(value) for value in values)
    return Interval(estimate, lower, upper)


def threshold_effect(counts: Counts, fit: BivariateFit | None) -> ThresholdEffect:
    """Return what speaks for a threshold that differs between studies.

    The observed logits of a table with an empty cell take half a patient a cell; they enter this
    rank correlation alone.
    """
    correlation = fit.correlation if fit else None
    share = None if correlation is None else correlation**2
    both = counts.take(np.asarray((counts.totals > 0).all(1)))
    half = 0.5 * both.has_empty_cell[:, None]
    odds = (both.events + half) / (both.totals - both.events + half)
    ranks = np.asarray([rankdata(odds[:, 0]), rankdata(-odds[:, 1])])
    if len(both) < 3 or (np.ptp(ranks, axis=1) == 0.0).any():
        return ThresholdEffect(share=share, spearman=None, p=None)
    rho = float(np.clip(np.corrcoef(ranks)[0, 1], -1.0, 1.0))
    t = rho * math.sqrt((len(both) - 2) / max(1.0 - rho * rho, 1e-300))
    p = 2.0 * float(stdtr(len(both) - 2, -abs(t)))
    return ThresholdEffect(share=share, spearman=rho, p=p)


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
