"""Numbers as figures and pages print them."""

from __future__ import annotations

from ctbone.records import Interval

#: Ratios beyond these bounds are printed as such: their digits say nothing.
_SMALLEST, _LARGEST = 0.001, 99_999.5


def percent(value: Interval) -> str:
    r"""Write a proportion with its limits, in percent.

    Example:
        >>> percent(Interval(0.9, 0.83, 0.946))
        '90.0\xa0% (83.0 to 94.6)'
    """
    limits = f"({100 * value.lower:.1f} to {100 * value.upper:.1f})"
    return f"{100 * value.estimate:.1f}\u00a0% {limits}"


def ratio(value: float) -> str:
    """Write a ratio to the digits that it can bear.

    Example:
        >>> [ratio(x) for x in (0.0456, 0.31, 2.345, 45.6, 1234.5, 1e9)]
        ['0.046', '0.31', '2.3', '46', '1,234', '> 99,999']
    """
    if value > _LARGEST:
        return f"> {_LARGEST - 0.5:,.0f}"
    if value < _SMALLEST:
        return f"< {_SMALLEST:g}"
    if value >= 10.0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1.0 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def ratio_interval(value: Interval) -> str:
    """Write a ratio with its limits.

    Example:
        >>> ratio_interval(Interval(2.0, 1.0, 13.2))
        '2.0 (1.0 to 13)'
    """
    return f"{ratio(value.estimate)} ({ratio(value.lower)} to {ratio(value.upper)})"


def probability(p: float) -> str:
    """Write a P value.

    Example:
        >>> probability(0.00002), probability(0.034), probability(0.5)
        ('P < 0.001', 'P = 0.034', 'P = 0.50')
    """
    return "P < 0.001" if p < 0.001 else f"P = {p:.3f}" if p < 0.1 else f"P = {p:.2f}"


def level(confidence: float) -> str:
    r"""Write a confidence level.

    Example:
        >>> level(0.95)
        '95\xa0%'
    """
    return f"{100 * confidence:g}\u00a0%"
