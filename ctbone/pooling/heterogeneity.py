"""How much the studies differ beyond chance, and how much of it a threshold could explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri, stdtr
from scipy.stats import rankdata

from ctbone.confidence import z_value
from ctbone.pooling.homogeneity import Homogeneity, homogeneity, midas_joint, variation
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import LARGEST_LOG
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.records import Interval

#: Variance of a standard logistic, the error that a patient adds on the logit scale.
LOGISTIC = math.pi**2 / 3.0


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
    rho = float(np.corrcoef(ranks)[0, 1])
    t = rho * math.sqrt((len(both) - 2) / max(1.0 - rho * rho, 1e-300))
    p = 2.0 * float(stdtr(len(both) - 2, -abs(t)))
    return ThresholdEffect(share=share, spearman=rho, p=p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much the studies differ.

    Attributes:
        sensitivity: Pearson's test of sensitivity.
        specificity: Pearson's test of specificity.
        variation: Likelihood-ratio test of no variation at all; ``None`` without a model.
        midas_joint: The joint test that MIDAS prints; likewise.
        zhou_dendukuri: I2 after Zhou and Dendukuri; likewise.
        spread_sensitivity: What its variance amounts to; ``None`` where that is zero.
        spread_specificity: The same of specificity.
        threshold: Signs of thresholds that differ between studies.
    """

    sensitivity: Homogeneity
    specificity: Homogeneity
    variation: Homogeneity | None
    midas_joint: Homogeneity | None
    zhou_dendukuri: ZhouDendukuri | None
    spread_sensitivity: Spread | None
    spread_specificity: Spread | None
    threshold: ThresholdEffect


def examine_heterogeneity(
    counts: Counts, fit: BivariateFit | None, exact: BivariateFit | None, *, confidence: float
) -> Heterogeneity:
    """Test and measure the differences between studies.

    Args:
        counts: What the studies saw.
        fit: The model whose variances are reported; ``None`` where there is none.
        exact: The exact model, whose likelihood is tested; likewise.
        confidence: Of the limits.
    """
    return Heterogeneity(
        sensitivity=homogeneity(counts, 0, confidence=confidence),
        specificity=homogeneity(counts, 1, confidence=confidence),
        variation=variation(counts, exact, confidence=confidence) if exact else None,
        midas_joint=midas_joint(counts, exact, confidence=confidence) if exact else None,
        zhou_dendukuri=zhou_dendukuri(counts, fit) if fit else None,
        spread_sensitivity=spread(fit, 0, confidence=confidence) if fit else None,
        spread_specificity=spread(fit, 1, confidence=confidence) if fit else None,
        threshold=threshold_effect(counts, fit),
    )
