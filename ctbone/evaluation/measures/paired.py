"""Tests of two shares and of two areas under the curve in the same patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, ndtr
from scipy.stats import binom

from ctbone.confidence import z_value
from ctbone.evaluation.measures.roc import Scores, delong, placements
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedShares:
    """Right and wrong answers of two tests in the same patients.

    Attributes:
        both_right: Patients whom both are right of.
        first_only: Patients whom the first alone is right of.
        second_only: Patients whom the second alone is right of.
        both_wrong: Patients whom neither is right of.
        difference: Share of the first minus share of the second.
        p_exact: McNemar's exact test, two-sided.
        p_mid: Its mid-P version, nearer to the nominal level.
    """

    both_right: int
    first_only: int
    second_only: int
    both_wrong: int
    difference: Interval
    p_exact: float
    p_mid: float

    @property
    def n(self) -> int:
        """Patients that both answered."""
        return self.both_right + self.first_only + self.second_only + self.both_wrong

    @property
    def first(self) -> float:
        """Share of right answers of the first, 0 to 1."""
        return (self.both_right + self.first_only) / self.n

    @property
    def second(self) -> float:
        """Share of right answers of the second, 0 to 1."""
        return (self.both_right + self.second_only) / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedArea:
    """Areas under the curve of two scores in the same patients.

    Attributes:
        first: Area of the first, with DeLong's interval.
        second: Area of the second.
        difference: First minus second.
        p_value: Two-sided; ``None`` where the difference has no variance.
    """

    first: Interval
    second: Interval
    difference: Interval
    p_value: float | None


def compare_shares(
    answers: Sequence[tuple[bool, bool]], *, confidence: float = 0.95
) -> PairedShares:
    """Compare two shares of right answers.

    McNemar (Psychometrika 1947;12:153), exact and mid-P (Fagerland, Lydersen and Laake, BMC Med
    Res Methodol 2013;13:91); the difference has Tango's score interval (Stat Med 1998;17:891).

    Args:
        answers: Whether the first and the second test were right, a pair a patient.
        confidence: Of the interval.

    Raises:
        ValueError: If there is nobody.
    """
    if not answers:
        raise ValueError("shares need at least one patient, got none")
    b = sum(first and not second for first, second in answers)
    c = sum(second and not first for first, second in answers)
    both = sum(first and second for first, second in answers)
    one_sided = float(bdtr(min(b, c), b + c, 0.5))
    return PairedShares(
        both_right=both,
        first_only=b,
        second_only=c,
        both_wrong=len(answers) - both - b - c,
        difference=_tango(b, c, len(answers), confidence),
        p_exact=min(2.0 * one_sided, 1.0),
        p_mid=min(2.0 * one_sided - float(binom.pmf(min(b, c), b + c, 0.5)), 1.0),
    )


def compare_areas(first: Scores, second: Scores, *, confidence: float = 0.95) -> PairedArea:
    """Compare two correlated areas (DeLong et al., Biometrics 1988;44:837), from ranks.

    Args:
        first: Scores of one test.
        second: Scores of the other, of the same patients in the same order.
        confidence: Of the intervals.

    Raises:
        ValueError: If the two are not of the same patients.
    """
    if not np.array_equal(first.is_diseased, second.is_diseased):
        raise ValueError("expected scores of the same patients in the same order")
    sides = zip(placements(first), placements(second), strict=True)
    moved = [ours - theirs for ours, theirs in sides]
    difference, z = float(moved[0].mean()), z_value(confidence)
    # The variance of a difference is that of the differences of the placements.
    few = min(map(len, moved)) < 2
    variance = 0.0 if few else sum(float(side.var(ddof=1)) / len(side) for side in moved)
    se = sqrt(variance)
    reach = 2.0 if few else z * se
    return PairedArea(
        first=delong(first, confidence=confidence),
        second=delong(second, confidence=confidence),
        difference=Interval(
            difference, max(difference - reach, -1.0), min(difference + reach, 1.0)
        ),
        p_value=2.0 * float(ndtr(-abs(difference) / se)) if se > 1e-12 else None,
    )


def _tango(b: int, c: int, n: int, confidence: float) -> Interval:
    """Return (b - c) / n between the differences that its score test does not refute."""
    difference, z = (b - c) / n, z_value(confidence)
    edge = 1.0 - 1e-9

    def root(sign: float) -> float:
        end = -sign * edge
        if (end - difference) * -sign <= 0.0 or sign * _score(b, c, n, end) < z:
            return -sign
        return float(brentq(lambda d: sign * _score(b, c, n, d) - z, difference, end))

    return Interval(difference, min(root(1.0), difference), max(root(-1.0), difference))


def _score(b: int, c: int, n: int, difference: float) -> float:
    """Return the score of a difference: the distance of b - c in its standard errors."""
    linear = -b - c + (2 * n - b + c) * difference
    constant = -c * difference * (1.0 - difference)
    discriminant = max(linear**2 - 8.0 * n * constant, 0.0)
    # The share of the second alone that is most likely, given the difference.
    q = (sqrt(discriminant) - linear) / (4.0 * n)
    variance = n * (2.0 * q + difference * (1.0 - difference))
    gap = b - c - n * difference
    return gap / sqrt(variance) if variance > 0.0 else 0.0 if gap == 0.0 else np.sign(gap) * 1e9
