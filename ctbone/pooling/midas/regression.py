"""The meta-regression of MIDAS v2.00, its faults included (``midas_output.FAULTS`` names them)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from ctbone.confidence import z_value
from ctbone.pooling.homogeneity import as_test
from ctbone.pooling.midas.approximation import refine
from ctbone.pooling.model.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.model.fitting import Fit
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.pooling.moderators.covariates import Covariate, obstacle
from ctbone.pooling.moderators.moderation import fit_means, mean_design
from ctbone.records import Interval

#: Of all intervals of MIDAS.
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class MidasMargin:
    """One margin of two groups.

    Attributes:
        group_0: Pooled proportion where the covariate is 0.
        group_1: Pooled proportion where it is 1.
        z: What is printed as the statistic of the difference, and is none.
        p: What is printed as its probability.
    """

    group_0: Interval
    group_1: Interval
    z: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MidasRegression:
    """One covariate.

    Attributes:
        tables: Tables in the model with the covariate.
        tables_without: Tables in the model without.
        coding: What 0 and 1 stand for, or the value around which a number is centred.
        chi2: Twice the difference of the two log-likelihoods, by Laplace.
        df: Degrees of freedom.
        p: Its probability.
        i2: ``(chi2 - df) / chi2`` in percent.
        i2_lower: Lower limit.
        i2_upper: Upper limit.
        sensitivity: The two groups; ``None`` for a number.
        specificity: Likewise.
    """

    tables: int
    tables_without: int
    coding: str
    chi2: float
    df: int
    p: float
    i2: float
    i2_lower: float | None
    i2_upper: float | None
    sensitivity: MidasMargin | None
    specificity: MidasMargin | None


def regress(
    counts: Counts, exact: BivariateFit, covariates: Sequence[Covariate]
) -> dict[str, MidasRegression]:
    """Regress on each covariate alone; those of more than two groups are no regressors there."""
    usable = [c for c in covariates if not obstacle(c) and _is_regressor(c)]
    if not usable:
        return {}
    one = np.ones((len(counts), 1))
    start = fit_means(counts, mean_design(one, one), exact, [float(m) for m in exact.mean])
    null = refine(counts, mean_design(one, one), start, nodes=1)
    found = {c.name: _regress(counts, c, null.log_likelihood) for c in usable}
    return {name: result for name, result in found.items() if result is not None}


def _is_regressor(covariate: Covariate) -> bool:
    return covariate.kind == "number" or len(covariate.sizes) == 2


def _regress(counts: Counts, covariate: Covariate, without: float) -> MidasRegression | None:
    stated = counts.take(covariate.stated)
    events, totals = stated.events.sum(0), stated.totals.sum(0)
    if not ((events > 0) & (events < totals)).all():
        return None
    near = fit_bivariate(stated)
    x, scale, coding = _column(covariate)
    columns = np.stack((np.ones(len(x)), x), axis=1)
    design = mean_design(columns, columns)
    exact = fit_means(stated, design, near, [float(near.mean[0]), 0.0, float(near.mean[1]), 0.0])
    if not exact.has_converged:
        return None
    fit = refine(stated, design, exact, nodes=1)
    gain = max(2.0 * (fit.log_likelihood - without), 0.0)
    test = as_test(gain, 2, confidence=CONFIDENCE)
    is_binary = scale == 1.0
    return MidasRegression(
        tables=len(stated),
        tables_without=len(counts),
        coding=coding,
        chi2=test.q,
        df=2,
        p=test.p,
        i2=test.i2,
        i2_lower=test.i2_lower,
        i2_upper=test.i2_upper,
        sensitivity=_margin(fit, 0) if is_binary else None,
        specificity=_margin(fit, 2) if is_binary else None,
    )


def _column(covariate: Covariate) -> tuple[Array, float, str]:
    """Return the regressor, the unit that a number is measured in, and what it stands for."""
    if covariate.kind == "groups":
        low, high = covariate.sizes
        x = np.asarray([float(label == high) for label in covariate.labels])
        return x, 1.0, f"0 = {low}, 1 = {high}"
    values = covariate.values
    centre, spread = float(values.mean()), float(values.std())
    return (values - centre) / spread, spread, f"centred at {centre:.6g}"


def _margin(fit: Fit, first: int) -> MidasMargin:
    both = np.asarray([[1.0, 0.0], [1.0, 1.0]])
    logits = both @ fit.phi[first : first + 2]
    errors = np.sqrt(np.diag(both @ fit.covariance[first : first + 2, first : first + 2] @ both.T))
    p = expit(logits)
    reach = z_value(CONFIDENCE) * p * (1.0 - p) * errors
    z = float(logits[1] - logits[0] / np.hypot(errors[0], errors[1]))
    group_0, group_1 = (
        Interval(float(v), float(v - r), float(min(v + r, 1.0)))
        for v, r in zip(p, reach, strict=True)
    )
    return MidasMargin(group_0=group_0, group_1=group_1, z=z, p=2.0 * float(ndtr(-abs(z))))
