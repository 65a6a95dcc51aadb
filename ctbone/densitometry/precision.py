"""How precisely results are printed, and categories read."""

from __future__ import annotations

#: Decimals of a density, an attenuation or a T-score in every result.
DECIMALS = 1


def rounded(value: float) -> float:
    """Return a value as results print it.

    Example:
        >>> rounded(79.96), rounded(-0.04)
        (80.0, 0.0)
    """
    # Adding nothing turns a negative zero, which prints a sign, into zero.
    return round(value, DECIMALS) + 0.0
