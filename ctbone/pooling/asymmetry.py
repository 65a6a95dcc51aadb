"""Deeks' test of funnel-plot asymmetry (J Clin Epidemiol 2005;58:882)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from ctbone.confidence import t_value
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """Regression of the log diagnostic odds ratio on one over the root of effective sample size.

    Attributes:
        slope: Its slope; away from zero when small studies find other accuracy than large ones.
        se: Standard error of the slope.
        slope_lower: Lower limit of the slope, by Student's distribution.
        slope_upper: Upper limit.
        intercept: Its intercept.
        se_intercept: Standard error of the intercept.
        intercept_lower: Lower limit of the intercept.
        intercept_upper: Upper limit.
        t: Student's statistic of the slope.
        df: Degrees of freedom.
        p: Two-sided probability; below 0.10 counts as asymmetry.
        k: Tables with both diseased and healthy patients, which alone have an odds ratio.
        corrected: Tables with an empty cell, whose odds ratio took half a patient a cell.
    """

    slope: float
    se: float
    slope_lower: float
    slope_upper: float
    intercept: float
    se_intercept: float
    intercept_lower: float
    intercept_upper: float
    t: float
    df: int
    p: float
    k: int
    corrected: int


def funnel(
    counts: Counts, *, corrects_size: bool = False
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the log odds ratios, the effective sample sizes and which took a correction.

    The log odds ratio of a table with an empty cell does not exist; there, and there alone, half a
    patient is added to its four cells. Sample sizes stay as they are.

    Args:
        counts: Tables with diseased and healthy patients.
        corrects_size: Let the added patients count in the sample size too, as MIDAS does.
    """
    corrected = counts.has_empty_cell
    cells = counts.cells + 0.5 * corrected[:, None]
    n = counts.totals + 1.0 * (corrected[:, None] & corrects_size)
    log_odds = np.log(cells[:, 0] * cells[:, 1] / (cells[:, 2] * cells[:, 3]))
    return log_odds, 4.0 * n[:, 0] * n[:, 1] / n.sum(1), corrected


def deeks(
    counts: Counts, *, confidence: float = 0.95, corrects_size: bool = False
) -> Asymmetry | None:
    """Test for asymmetry, weighted by effective sample size.

    Args:
        counts: What the studies saw.
        confidence: Of the limits of slope and intercept.
        corrects_size: See ``funnel``.

    Returns:
        ``None`` where there is nothing to test: fewer than three tables have both diseased and
        healthy patients, all are of one size, or all agree to the last digit.
    """
    both = counts.take(np.asarray((counts.totals > 0).all(1)))
    if len(both) < 3:
        return None
    log_odds, size, corrected = funnel(both, corrects_size=corrects_size)
    x = 1.0 / np.sqrt(size)
    centre = float(np.average(x, weights=size))
    spread = float((size * (x - centre) ** 2).sum())
    if spread < 1e-12 * size.sum() * centre**2:
        return None
    slope = float((size * (x - centre) * log_odds).sum() / spread)
    intercept = float(np.average(log_odds, weights=size) - slope * centre)
    df = len(both) - 2
    noise = float((size * (log_odds - intercept - slope * x) ** 2).sum()) / df
    if noise * df <= 1e-20 * float((size * log_odds**2).sum()):
        return None
    errors = np.sqrt(noise * np.asarray([1.0 / spread, 1.0 / size.sum() + centre**2 / spread]))
    line = np.asarray([slope, intercept])
    return _asymmetry(line, errors, df, confidence, int(corrected.sum()))


def _asymmetry(
    line: Array, errors: Array, df: int, confidence: float, corrected: int
) -> Asymmetry:
    reach = t_value(confidence, df) * errors
    slope, intercept = (
        Interval(float(v), float(v - r), float(v + r)) for v, r in zip(line, reach, strict=True)
    )
    t = float(line[0] / errors[0])
    return Asymmetry(
        slope=slope.estimate,
        se=float(errors[0]),
        slope_lower=slope.lower,
        slope_upper=slope.upper,
        intercept=intercept.estimate,
        se_intercept=float(errors[1]),
        intercept_lower=intercept.lower,
        intercept_upper=intercept.upper,
        t=t,
        df=df,
        p=2.0 * float(stdtr(df, -abs(t))),
        k=df + 2,
        corrected=corrected,
    )
