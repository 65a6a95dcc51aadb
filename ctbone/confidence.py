"""How many standard errors an interval reaches."""

from __future__ import annotations

from scipy.special import ndtri


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
