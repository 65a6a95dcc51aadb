"""How well a density repeats, and the change that is more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from statistics import variance

from scipy.special import chdtri

from ctbone.evaluation.linking import Case
from ctbone.records import Interval

#: Studies of a patient count as repeated within so many days of the first: over longer the bone
#: itself changes.
REPEATED_WITHIN_DAYS = 90

#: A difference of two measurements that only one pair in twenty exceeds: 1.96 sqrt(2).
_OF_TWO = 1.959963984540054 * sqrt(2.0)

#: What is said where no study is repeated.
NOT_REPEATED = (
    f"No patient has two densities within {REPEATED_WITHIN_DAYS} days: the least significant "
    "change is not given."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Precision of the index density from repeated studies, mg/cm3.

    Attributes:
        patients: Patients with repeated studies.
        studies: Their studies.
        rms_sd: Root mean square of the patients' standard deviations.
        least_significant_change: Difference of two measurements of a patient that holds for a
            change at 95 %: 2.77 times that.
    """

    patients: int
    studies: int
    rms_sd: Interval
    least_significant_change: Interval


def precision(studies: Sequence[Case], *, confidence: float = 0.95) -> Precision | None:
    """Return the precision of repeated studies (Gluer et al., Osteoporos Int 1995;5:262).

    Variances of the patients are pooled by their degrees of freedom, and the limits are those of
    chi-squared. Studies without a date, or later than ``REPEATED_WITHIN_DAYS`` after the first of
    their patient, are left out. Repositioning, protocol and scanner are part of what is found.

    Args:
        studies: Every study, several a patient.
        confidence: Of the intervals.

    Returns:
        ``None`` where no patient has two.
    """
    groups = [group for group in _repeated(studies) if len(group) > 1]
    if not groups:
        return None
    df = sum(len(group) - 1 for group in groups)
    squares = sum((len(group) - 1) * variance(group) for group in groups)
    tail = (1.0 - confidence) / 2.0
    bottoms = (float(df), float(chdtri(df, tail)), float(chdtri(df, 1.0 - tail)))
    mid, low, high = (sqrt(squares / bottom) for bottom in bottoms)
    spread = (mid, min(low, mid), max(high, mid))
    return Precision(
        patients=len(groups),
        studies=df + len(groups),
        rms_sd=Interval(*spread),
        least_significant_change=Interval(*(_OF_TWO * value for value in spread)),
    )


def _repeated(studies: Sequence[Case]) -> list[list[float]]:
    """Return the densities of each patient's first study and of those soon after it."""
    dated = sorted(
        (case.reference.patient_id, case.reference.study_date, case.result.bmd_mg_cm3)
        for case in studies
        if case.reference.study_date is not None and case.result.bmd_mg_cm3 is not None
    )
    groups = [list(group) for _, group in groupby(dated, key=lambda row: row[0])]
    return [
        [value for _, day, value in group if (day - group[0][1]).days <= REPEATED_WITHIN_DAYS]
        for group in groups
    ]
