"""How far an interval reaches, and the two intervals of a share."""

from __future__ import annotations

from math import sqrt

from scipy.special import betaincinv, ndtr, ndtri, stdtr, stdtrit

from ctbone.records import Interval


def z_value(confidence: float) -> float:
    """Return the normal quantile of a two-sided interval.

    Raises:
        ValueError: If the confidence is not between 0 and 1.

    Example:
        >>> round(z_value(0.95), 3)
        1.96
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    return float(ndtri(0.5 + confidence / 2.0))


def t_value(confidence: float, df: float) -> float:
    """Return Student's quantile of a two-sided interval.

    Example:
        >>> round(t_value(0.95, 10), 3)
        2.228
    """
    return float(stdtrit(df, 0.5 + confidence / 2.0))


def quantile(confidence: float, df: float | None) -> float:
    """Return the quantile of a two-sided interval: Student's, or the normal one without ``df``.

    Raises:
        ValueError: If the confidence is not between 0 and 1, without ``df``.
    """
    return z_value(confidence) if df is None else t_value(confidence, df)


def share_below(limit: float, df: float | None) -> float:
    """Return the probability below a limit in standard deviations, by the same distributions.

    Example:
        >>> round(share_below(-1.645, None), 3), round(share_below(-1.86, 8), 3)
        (0.05, 0.05)
    """
    return float(ndtr(limit) if df is None else stdtr(df, limit))


def wilson(events: int, total: int, *, confidence: float = 0.95) -> Interval | None:
    """Return a share with its score interval (Wilson, J Am Stat Assoc 1927;22:209).

    Returns:
        ``None`` where there is nobody to take a share of.

    Raises:
        ValueError: If the confidence is not between 0 and 1.
    """
    z = z_value(confidence)
    if total == 0:
        return None
    share, spread = events / total, z * z / total
    centre = (share + spread / 2.0) / (1.0 + spread)
    reach = z * sqrt(share * (1.0 - share) / total + spread / (4.0 * total)) / (1.0 + spread)
    # At 0 and 1 the formula meets the share itself, up to rounding.
    lower, upper = max(centre - reach, 0.0), min(centre + reach, 1.0)
    return Interval(share, min(lower, share), max(upper, share))


def exact(events: int, total: int, confidence: float) -> Interval:
    """Return a proportion with its exact limits (Clopper and Pearson, Biometrika 1934;26:404).

    Raises:
        ValueError: If there is nobody to take a proportion of.
    """
    if total < 1:
        raise ValueError(f"a proportion needs at least one patient, got {events} of {total}")
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(events, total - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, total - events, 1.0 - tail)) if events < total else 1.0
    return Interval(events / total, min(low, events / total), max(high, events / total))
