"""Deeks' test of funnel-plot asymmetry (J Clin Epidemiol 2005;58:882)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from ctbone.pooling.likelihood import Array, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """Regression of the log diagnostic odds ratio on one over the root of effective sample size.

    Attributes:
        slope: Its slope; away from zero when small studies find other accuracy than large ones.
        se: Standard error of the slope.
        intercept: Its intercept.
        t: Student's statistic of the slope.
        df: Degrees of freedom.
        p: Two-sided probability; below 0.10 counts as asymmetry.
        corrected: Tables with an empty cell, whose odds ratio took half a patient a cell.
    """

    slope: float
    se: float
    intercept: float
    t: float
    df: int
    p: float
    corrected: int


def funnel(counts: Counts) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the log odds ratios, the effective sample sizes and which took a correction.

    The log odds ratio of a table with an empty cell does not exist; there, and there alone, half a
    patient is added to its four cells. Sample sizes stay as they are.
    """
    n = counts.totals
    corrected = counts.has_empty_cell
    cells = counts.cells + 0.5 * corrected[:, None]
    log_odds = np.log(cells[:, 0] * cells[:, 1] / (cells[:, 2] * cells[:, 3]))
    return log_odds, 4.0 * n[:, 0] * n[:, 1] / n.sum(1), corrected


def deeks(counts: Counts) -> Asymmetry | None:
    """Test for asymmetry, weighted by effective sample size.

    Returns:
        ``None`` where there is nothing to test: fewer than three tables have both diseased and
        healthy patients, all are of one size, or all agree to the last digit.
    """
    both = counts.take(np.asarray((counts.totals > 0).all(1)))
    if len(both) < 3:
        return None
    log_odds, size, corrected = funnel(both)
    x = 1.0 / np.sqrt(size)
    centre = np.average(x, weights=size)
    spread = float((size * (x - centre) ** 2).sum())
    if spread < 1e-12 * size.sum() * centre**2:
        return None
    slope = float((size * (x - centre) * log_odds).sum() / spread)
    intercept = float(np.average(log_odds, weights=size) - slope * centre)
    df = len(both) - 2
    noise = float((size * (log_odds - intercept - slope * x) ** 2).sum()) / df
    if noise * df < 1e-20 * float((size * log_odds**2).sum()):
        return None
    se = float(np.sqrt(noise / spread))
    t = slope / se
    return Asymmetry(
        slope=slope,
        se=se,
        intercept=intercept,
        t=t,
        df=df,
        p=2.0 * float(stdtr(df, -abs(t))),
        corrected=int(corrected.sum()),
    )
