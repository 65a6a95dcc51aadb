"""Whether a study and its reference belong together, and into the cohort."""

from __future__ import annotations

from ctbone.cohort import require_plausible
from ctbone.linkage.configuration import Eligibility, LinkRule
from ctbone.linkage.matching import Pair
from ctbone.linkage.reasons import LinkReason

_DAYS_A_YEAR = 365.2425

#: Years that two ages of one person may differ by: both are cut to whole years.
_MOST_YEARS = 2.0


def objection(pair: Pair, *, link: LinkRule, exclude: Eligibility) -> LinkReason | None:
    """Return the first reason why a pair is left out; ``None`` where there is none."""
    identity = _identity(pair, window_days=link.window_days) if link.check_identity else None
    return identity or _age(pair, exclude) or _examination(pair, exclude)


def sex_of(pair: Pair) -> str | None:
    """Return the sex: of the header, else of the spreadsheet."""
    return pair.study.sex or pair.reference.sex


def age_of(pair: Pair) -> float | None:
    """Return the age at the CT, years: of the header, else of the spreadsheet."""
    header = _plausible(pair.study.age_years)
    return _told_age(pair) if header is None else header


def _identity(pair: Pair, *, window_days: int) -> LinkReason | None:
    sexes = {pair.study.sex, pair.reference.sex}
    if sexes == {"F", "M"}:
        return LinkReason.SEX_DISAGREES
    header, told = _plausible(pair.study.age_years), _told_age(pair)
    most = _MOST_YEARS + window_days / _DAYS_A_YEAR
    if header is not None and told is not None and abs(header - told) > most:
        return LinkReason.AGE_DISAGREES
    return None


def _age(pair: Pair, exclude: Eligibility) -> LinkReason | None:
    if exclude.age_range_years is None:
        return None
    age = age_of(pair)
    if age is None:
        return LinkReason.AGE_UNKNOWN
    low, high = exclude.age_range_years
    return None if low <= age <= high else LinkReason.AGE_OUT_OF_RANGE


def _examination(pair: Pair, exclude: Eligibility) -> LinkReason | None:
    if exclude.without_contrast and (pair.study.contrast or pair.reference.contrast):
        return LinkReason.CONTRAST
    if exclude.without_implants and pair.reference.implant:
        return LinkReason.IMPLANT
    return None


def _told_age(pair: Pair) -> float | None:
    """Return the age that a spreadsheet gives, by the date of birth where both dates are there."""
    birth, day = pair.reference.birth, pair.study.day or pair.reference.day
    if birth is not None and day is not None and birth < day:
        return _plausible(round((day - birth).days / _DAYS_A_YEAR, 2))
    return pair.reference.age_years


def _plausible(age_years: float | None) -> float | None:
    """Return an age that a person can have: headers hold any number of three digits."""
    try:
        require_plausible({"age_years": age_years})
    except ValueError:
        return None
    return age_years
