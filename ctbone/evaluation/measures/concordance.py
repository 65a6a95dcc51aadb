"""How closely two measurements of the same patients go together: three coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

from ctbone.confidence import z_value
from ctbone.records import Interval

Array = NDArray[np.float64]


def pearson(x: Array, y: Array, *, confidence: float = 0.95) -> Interval | None:
    """Return Pearson's correlation with Fisher's interval (Biometrika 1915;10:507).

    Args:
        x: One measurement, shape ``(n,)``.
        y: The other, shape ``(n,)``.
        confidence: Of the interval.

    Returns:
        ``None`` with fewer than four pairs, or where one of them does not vary.
    """
    if len(x) < 4 or not _vary(x, y):
        return None
    return _by_atanh(_correlation(x, y), 1.0 / np.sqrt(len(x) - 3.0), confidence)


def lin(x: Array, y: Array, *, confidence: float = 0.95) -> Interval | None:
    """Return Lin's concordance with the interval of its inverse hyperbolic tangent.

    (Biometrics 1989;45:255, the variance as corrected in Biometrics 2000;56:324; normal pairs.)

    Returns:
        ``None`` with fewer than four pairs, or where one of them does not vary.
    """
    n = len(x)
    if n < 4 or not _vary(x, y):
        return None
    r = _correlation(x, y)
    scale, shift = float(x.std() * y.std()), float(x.mean() - y.mean())
    # The part of the coefficient that is not correlation: how near the line is to identity.
    accuracy = 2.0 * scale / float(x.var() + y.var() + shift**2)
    c, u = r * accuracy, shift**2 / scale
    # Written with accuracy = c / r, so that no correlation divides by nothing.
    variance = (1.0 - r**2) * accuracy**2 * (1.0 - c**2)
    variance += c**2 * accuracy * (2.0 * (1.0 - c) * u - accuracy * u**2 / 2.0)
    if 1.0 - abs(c) < 1e-12:
        return _by_atanh(c, 0.0, confidence)
    se = np.sqrt(max(variance, 0.0) / (n - 2.0)) / (1.0 - c**2)
    return _by_atanh(c, se, confidence)


def intraclass(ratings: Array, *, confidence: float = 0.95) -> Interval | None:
    """Return the intraclass correlation ICC(2,1): two-way random effects, absolute agreement.

    (Shrout and Fleiss, Psychol Bull 1979;86:420; ICC(A,1) of McGraw and Wong, Psychol Methods
    1996;1:30, with their interval.)

    Args:
        ratings: A row a patient, a column a method, shape ``(n, k)``.
        confidence: Of the interval.

    Returns:
        ``None`` with fewer than three patients, or where no method tells any two of them apart.
    """
    n, k = ratings.shape
    if n < 3 or float(np.ptp(ratings, axis=0).max()) == 0.0:
        return None
    between, method, error = _mean_squares(ratings)
    below = between + (k - 1) * error + k * (method - error) / n
    if below <= 0.0:
        return None
    icc = (between - error) / below
    if 1.0 - icc < 1e-12:
        return Interval(icc, icc, icc)
    first, second = _f_quantiles(icc, (method, error), n, k, confidence)
    rest = k * method + (k * n - k - n) * error
    low = n * (between - first * error) / (first * rest + n * between)
    high = n * (second * between - error) / (rest + n * second * between)
    return Interval(icc, min(low, icc), max(min(high, 1.0), icc))


def _mean_squares(ratings: Array) -> tuple[float, float, float]:
    """Return the mean squares between patients, between methods, and of what is left."""
    n, k = ratings.shape
    grand, rows, columns = ratings.mean(), ratings.mean(1), ratings.mean(0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    method = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    left = ratings - rows[:, None] - columns[None, :] + grand
    return between, method, float((left**2).sum()) / ((n - 1) * (k - 1))


def _f_quantiles(
    icc: float, squares: tuple[float, float], n: int, k: int, confidence: float
) -> tuple[float, float]:
    """Return the quantiles of F of both limits, with Satterthwaite's degrees of freedom."""
    method, error = squares
    a = k * icc / (n * (1.0 - icc))
    b = 1.0 + k * icc * (n - 1) / (n * (1.0 - icc))
    above, parts = (a * method + b * error) ** 2, (a * method) ** 2 / (k - 1)
    # A negative coefficient can leave next to none; no mean square here has fewer than k - 1.
    df = max(above / (parts + (b * error) ** 2 / ((n - 1) * (k - 1))), k - 1.0)
    upper = 0.5 + confidence / 2.0
    return float(fdtri(n - 1, df, upper)), float(fdtri(df, n - 1, upper))


def _vary(x: Array, y: Array) -> bool:
    return min(float(np.ptp(x)), float(np.ptp(y))) > 0.0


def _correlation(x: Array, y: Array) -> float:
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    return float(np.clip(covariance / float(x.std() * y.std()), -1.0, 1.0))


def _by_atanh(value: float, se: float, confidence: float) -> Interval:
    if 1.0 - abs(value) < 1e-12 or se == 0.0:
        return Interval(value, value, value)
    reach, centre = z_value(confidence) * se, np.arctanh(value)
    return Interval(value, float(np.tanh(centre - reach)), float(np.tanh(centre + reach)))
