"""Index density against reference density: how far apart, and in which way.

Differences are index minus reference, mg/cm3. T-scores are compared alike, in standard deviations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import nctdtrit

from ctbone.confidence import t_value
from ctbone.evaluation.linking import Case
from ctbone.evaluation.measures.concordance import intraclass, lin, pearson
from ctbone.evaluation.measures.regression import Line, fit_line
from ctbone.records import Interval

Array = NDArray[np.float64]

#: Fewer pairs than this have no spread to speak of.
FEWEST_PAIRS = 3

#: Standard deviations between the bias and a limit of agreement: 95 % of normal differences.
_REACH = 1.959963984540054

_FEW = "Fewer than four pairs: correlation and concordance have no interval and are not given."
_FLAT = "The values of one side are all the same: no correlation, concordance or line."


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityAgreement:
    """Index density against reference density, mg/cm3; or T-score against T-score, SD.

    Attributes:
        n: Patients with both.
        bias: Mean difference.
        sd: Standard deviation of the differences.
        lower_limit: Lower limit of agreement.
        upper_limit: Upper limit of agreement.
        proportional: Difference on the mean of the two, whose slope is the proportional bias;
            ``None`` where the mean does not vary. It is not 0, too, where the two differ in
            spread alone.
        calibration: Reference on index; 1 and 0 if the index test is right on average at every
            density. ``None`` where the index does not vary.
        mae: Mean absolute difference.
        rmse: Root of the mean squared difference.
        r: Pearson's correlation; ``None`` where one of them does not vary.
        ccc: Lin's concordance; likewise.
        icc: ICC(2,1), absolute agreement; ``None`` where nothing varies.
        notes: What is missing and why, a sentence each.
    """

    n: int
    bias: Interval
    sd: float
    lower_limit: Interval
    upper_limit: Interval
    proportional: Line | None
    calibration: Line | None
    mae: Interval
    rmse: Interval
    r: Interval | None
    ccc: Interval | None
    icc: Interval | None
    notes: tuple[str, ...] = ()


def density_pairs(cases: Iterable[Case]) -> tuple[Array, Array]:
    """Return index and reference density of the patients with both, each shape ``(n,)``."""
    return _pairs((case.result.bmd_mg_cm3, case.reference.bmd_mg_cm3) for case in cases)


def t_score_pairs(cases: Iterable[Case]) -> tuple[Array, Array]:
    """Return index and reference T-score of the patients with both, each shape ``(n,)``."""
    return _pairs((case.result.t_score, case.reference.t_score) for case in cases)


def _pairs(values: Iterable[tuple[float | None, float | None]]) -> tuple[Array, Array]:
    known = [(index, reference) for index, reference in values if None not in (index, reference)]
    found = np.asarray(known, float).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def density_agreement(
    index: Array, reference: Array, *, confidence: float = 0.95
) -> DensityAgreement | None:
    """Compare densities (Bland and Altman, Lancet 1986;327:307).

    Args:
        index: Density by the index test, mg/cm3, or its T-score, shape ``(n,)``.
        reference: The same by the reference standard, shape ``(n,)``.
        confidence: Of the intervals; the limits of agreement themselves hold 95 %.

    Returns:
        ``None`` with fewer than three pairs.
    """
    n = len(index)
    if n < FEWEST_PAIRS:
        return None
    difference = index - reference
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    near, far = _limit_factors(n, confidence)
    low, high = bias - _REACH * sd, bias + _REACH * sd
    return DensityAgreement(
        n=n,
        bias=_mean(difference, confidence),
        sd=sd,
        lower_limit=Interval(low, bias - far * sd, bias - near * sd),
        upper_limit=Interval(high, bias + near * sd, bias + far * sd),
        proportional=fit_line((index + reference) / 2.0, difference, confidence=confidence),
        calibration=fit_line(index, reference, confidence=confidence),
        mae=_not_below_zero(_mean(np.abs(difference), confidence)),
        rmse=_rooted(_not_below_zero(_mean(difference**2, confidence))),
        r=pearson(index, reference, confidence=confidence),
        ccc=lin(index, reference, confidence=confidence),
        icc=intraclass(np.column_stack([index, reference]), confidence=confidence),
        notes=_notes(index, reference),
    )


def _limit_factors(n: int, confidence: float) -> tuple[float, float]:
    """Return how many standard deviations from the bias a limit of agreement may lie.

    A limit is a normal quantile, so that its exact limits follow from the non-central t (each
    limit taken singly: Carkeet, Optom Vis Sci 2015;92:e71; tolerance limits of Owen, 1958).
    """
    tail, centre = (1.0 - confidence) / 2.0, _REACH * np.sqrt(n)
    near, far = nctdtrit(n - 1.0, centre, np.asarray([tail, 1.0 - tail])) / np.sqrt(n)
    # Its median lies above the estimate: an interval of little confidence could miss it.
    return min(float(near), _REACH), max(float(far), _REACH)


def _mean(values: Array, confidence: float) -> Interval:
    n, centre = len(values), float(values.mean())
    reach = t_value(confidence, n - 1) * float(values.std(ddof=1)) / float(np.sqrt(n))
    return Interval(centre, centre - reach, centre + reach)


def _not_below_zero(found: Interval) -> Interval:
    return Interval(found.estimate, max(found.lower, 0.0), found.upper)


def _rooted(found: Interval) -> Interval:
    low, mid, high = np.sqrt([found.lower, found.estimate, found.upper])
    return Interval(float(mid), float(low), float(high))


def _notes(index: Array, reference: Array) -> tuple[str, ...]:
    flat = min(float(np.ptp(index)), float(np.ptp(reference))) == 0.0
    return tuple(text for holds, text in ((len(index) < 4, _FEW), (flat, _FLAT)) if holds)
