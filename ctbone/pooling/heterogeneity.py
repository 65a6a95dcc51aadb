"""How much the studies differ beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from ctbone.pooling.bivariate import BivariateFit
from ctbone.pooling.fitting import maximise
from ctbone.pooling.likelihood import Array, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """A test of homogeneity.

    Attributes:
        q: Its statistic.
        df: Degrees of freedom.
        p: Probability of at least this under homogeneity.
        i2: Share of the variation that is not chance, percent.
    """

    q: float
    df: int
    p: float
    i2: float


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


def homogeneity(counts: Counts, margin: int) -> Homogeneity:
    """Return Pearson's test that one margin (0 sensitivity, 1 specificity) is the same everywhere.

    Raw proportions around the pooled one, without correction.
    """
    seen = counts.totals[:, margin] > 0
    y, n = counts.events[seen, margin], counts.totals[seen, margin]
    p = y.sum() / n.sum()
    # With a perfect margin every study agrees with every other.
    q = float(((y - n * p) ** 2 / (n * p * (1.0 - p))).sum()) if 0.0 < p < 1.0 else 0.0
    return _test(q, int(seen.sum()) - 1)


def midas_joint(counts: Counts, fit: BivariateFit) -> Homogeneity:
    """Return the joint test that MIDAS prints beside its I2.

    It compares the bivariate model with one intercept that both margins of a study share, which
    fits nearly no real data: I2 comes out between 95 and 100 % almost always.
    """
    columns = np.zeros((5, 3))
    columns[0, 0] = columns[1, 1] = columns[2, 2] = columns[3, 2] = 1.0
    design = np.broadcast_to(columns, (len(counts), 5, 3))
    spread = max(float(np.sqrt(np.diag(fit.between)).mean()), 0.1)
    null = maximise(counts, design, np.asarray([*fit.mean, spread]))
    test = _test(max(2.0 * (fit.log_likelihood - null.log_likelihood), 0.0), 2)
    # Half, as MIDAS does: under the null a variance lies on its boundary.
    return Homogeneity(q=test.q, df=2, p=0.5 * test.p, i2=test.i2)


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


def _test(q: float, df: int) -> Homogeneity:
    if df < 1:
        return Homogeneity(q=0.0, df=0, p=1.0, i2=0.0)
    i2 = 100.0 * max(0.0, (q - df) / q) if q > 0.0 else 0.0
    return Homogeneity(q=q, df=df, p=float(gammaincc(df / 2.0, q / 2.0)), i2=i2)
