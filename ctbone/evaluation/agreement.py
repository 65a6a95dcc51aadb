"""How well index test and reference agree: categories by kappa, densities by their differences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import z_value
from ctbone.evaluation.linking import Case
from ctbone.evaluation.tabulation import ConfusionMatrix
from ctbone.records import Interval

Array = NDArray[np.float64]

#: Fewer pairs than this have no spread to speak of.
FEWEST_PAIRS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityAgreement:
    """Index density against reference density, mg/cm3.

    Attributes:
        n: Patients with both.
        bias: Mean of index minus reference.
        lower_limit: Lower limit of agreement.
        upper_limit: Upper limit of agreement.
        mae: Mean absolute difference.
        rmse: Root of the mean squared difference.
        r: Pearson's correlation; ``None`` where one of them does not vary.
        ccc: Lin's concordance (Biometrics 1989;45:255); likewise.
    """

    n: int
    bias: Interval
    lower_limit: float
    upper_limit: float
    mae: float
    rmse: float
    r: float | None
    ccc: float | None


def weighted_kappa(matrix: ConfusionMatrix, *, confidence: float = 0.95) -> Interval | None:
    """Return Cohen's kappa with linear weights and the interval of Fleiss, Cohen and Everitt.

    (Psychol Bull 1969;72:323.)

    Returns:
        ``None`` where chance alone would agree in full, or nobody was counted.
    """
    if matrix.total == 0:
        return None
    p = np.asarray(matrix.counts, float) / matrix.total
    index = np.arange(3)
    weight = 1.0 - np.abs(index[:, None] - index[None, :]) / 2.0
    rows, columns = p.sum(1), p.sum(0)
    seen, chance = float((weight * p).sum()), float(rows @ weight @ columns)
    if chance > 1.0 - 1e-12:
        return None
    kappa = (seen - chance) / (1.0 - chance)
    means = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    spread = float((p * (weight - means * (1.0 - kappa)) ** 2).sum())
    variance = max(spread - (kappa - chance * (1.0 - kappa)) ** 2, 0.0)
    se = float(np.sqrt(variance / matrix.total)) / (1.0 - chance)
    reach = z_value(confidence) * se
    return Interval(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0))


def density_pairs(cases: Iterable[Case]) -> tuple[Array, Array]:
    """Return index and reference density of the patients with both, each shape ``(n,)``."""
    pairs = [
        (case.result.bmd_mg_cm3, case.reference.bmd_mg_cm3)
        for case in cases
        if case.result.bmd_mg_cm3 is not None and case.reference.bmd_mg_cm3 is not None
    ]
    found = np.asarray(pairs, float).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def density_agreement(
    index: Array, reference: Array, *, confidence: float = 0.95
) -> DensityAgreement | None:
    """Compare densities (Bland and Altman, Lancet 1986;327:307).

    Args:
        index: Density by the index test, mg/cm3, shape ``(n,)``.
        reference: Density by the reference standard, mg/cm3, shape ``(n,)``.
        confidence: Of the interval of the bias; the limits of agreement hold 95 %.

    Returns:
        ``None`` with fewer than three pairs.
    """
    n = len(index)
    if n < FEWEST_PAIRS:
        return None
    difference = index - reference
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    reach = _t_quantile(confidence, n - 1) * sd / np.sqrt(n)
    r, ccc = _correlations(index, reference)
    return DensityAgreement(
        n=n,
        bias=Interval(bias, bias - reach, bias + reach),
        lower_limit=bias - 1.96 * sd,
        upper_limit=bias + 1.96 * sd,
        mae=float(np.abs(difference).mean()),
        rmse=float(np.sqrt((difference**2).mean())),
        r=r,
        ccc=ccc,
    )


def _t_quantile(confidence: float, df: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + confidence / 2.0))


def _correlations(x: Array, y: Array) -> tuple[float | None, float | None]:
    if min(float(np.ptp(x)), float(np.ptp(y))) == 0.0:
        return None, None
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    r = covariance / float(x.std() * y.std())
    ccc = 2.0 * covariance / float(x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    return float(np.clip(r, -1.0, 1.0)), ccc
