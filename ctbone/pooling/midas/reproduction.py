"""What MIDAS v2.00 for Stata prints (Dwamena et al., 2007), its faults included.

For comparison with papers that used it. Beside every number that is not what its name says stands
a sentence in ``FAULTS`` of ``midas_output``; the correct numbers are those of the analysis itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit
from scipy.stats import f as f_distribution

from ctbone.confidence import z_value
from ctbone.interchange import AccuracyTable
from ctbone.pooling.asymmetry import deeks
from ctbone.pooling.heterogeneity import LOGISTIC, spread
from ctbone.pooling.homogeneity import (
    Homogeneity,
    around,
    as_test,
    fixed_log_likelihood,
    halved,
    shared_design,
    shared_intercept,
)
from ctbone.pooling.midas.approximation import refine
from ctbone.pooling.midas.output import (
    FAULTS,
    Midas,
    MidasAccuracy,
    MidasHeterogeneity,
    MidasModel,
)
from ctbone.pooling.midas.regression import CONFIDENCE, regress
from ctbone.pooling.model.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.model.fitting import Fit, maximise
from ctbone.pooling.model.intervals import from_logit, likelihood_ratios
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.moderators.covariates import Covariate
from ctbone.records import Interval

#: Specificities that the area is summed over, and draws that its limits are taken for.
_GRID = 500


def reproduce(
    tables: Sequence[AccuracyTable], covariates: Sequence[Covariate] = ()
) -> Midas | None:
    """Compute what MIDAS v2.00 prints for these tables; ``None`` where its model has no maximum.

    Args:
        tables: Tables of one target, none of them empty.
        covariates: Columns for its meta-regression, one at a time.
    """
    counts = Counts.from_tables([item.table for item in tables])
    exact = _exact(counts)
    if exact is None:
        return None
    nodes = 7 if 2 * len(counts) > 7 else 1
    fit = _approximate(counts, exact, nodes)
    return Midas(
        model=_model(counts, fit, nodes),
        accuracy=_accuracy(fit),
        heterogeneity=_heterogeneity(counts, exact, fit, nodes),
        deeks=deeks(counts, confidence=CONFIDENCE, corrects_size=True),
        prediction_region=_prediction_region(fit),
        regression=regress(counts, exact, covariates),
        faults=FAULTS,
    )


def _exact(counts: Counts) -> BivariateFit | None:
    events, totals = counts.events.sum(0), counts.totals.sum(0)
    if len(counts) < 2 or not ((events > 0) & (events < totals)).all():
        return None
    fit = fit_bivariate(counts)
    return fit if fit.has_converged else None


def _approximate(counts: Counts, exact: BivariateFit, nodes: int) -> BivariateFit:
    """Move from the exact maximum to that of few nodes; what lies on the boundary stays there."""
    free = np.flatnonzero((exact.theta != 0.0) | (np.arange(5) < 2))
    columns = np.eye(5)[:, free]
    design = np.broadcast_to(columns, (len(counts), *columns.shape))
    fit = refine(counts, design, maximise(counts, design, exact.theta[free]), nodes=nodes)
    theta = columns @ fit.phi
    a, b, c = theta[2:]
    jacobian = np.zeros((5, 5))
    jacobian[:2, :2] = np.eye(2)
    jacobian[2:, 2:] = [[2.0 * a, 0.0, 0.0], [0.0, 2.0 * b, 2.0 * c], [b, a, 0.0]]
    chosen = jacobian @ columns
    return replace(
        exact,
        mean=theta[:2],
        between=np.asarray([[a * a, a * b], [a * b, b * b + c * c]]),
        covariance=chosen @ fit.covariance @ chosen.T,
        log_likelihood=fit.log_likelihood,
        theta=theta,
    )


def _model(counts: Counts, fit: BivariateFit, nodes: int) -> MidasModel:
    rows, deviance = math.log(2 * len(counts)), -2.0 * fit.log_likelihood
    gain = -2.0 * fixed_log_likelihood(counts) - deviance
    return MidasModel(
        nodes=nodes,
        var_logit_sensitivity=float(fit.between[0, 0]),
        var_logit_specificity=float(fit.between[1, 1]),
        correlation=fit.correlation,
        log_likelihood=fit.log_likelihood,
        deviance=deviance,
        aic=deviance + 10.0,
        bic=deviance + 5.0 * rows,
        bic_difference=gain - 3.0 * rows,
    )


def _accuracy(fit: BivariateFit) -> MidasAccuracy:
    errors = np.sqrt(np.diag(fit.covariance))
    sens, spec = (from_logit(float(fit.mean[m]), float(errors[m]), CONFIDENCE) for m in (0, 1))
    positive, negative, odds = likelihood_ratios(fit.mean, fit.covariance[:2, :2], CONFIDENCE)
    return MidasAccuracy(
        sensitivity=sens,
        specificity=spec,
        lr_positive=positive,
        lr_negative=negative,
        dor=odds,
        auc=_area(fit),
    )


def _area(fit: BivariateFit) -> Interval:
    """Return the area by trapezoids over 500 specificities, and Wilson's limits of 500 draws."""
    ratio = max(1e-3, float(fit.between[1, 1])) / max(1e-3, float(fit.between[0, 0]))
    b = ratio**0.25
    accuracy = b * fit.mean[0] + fit.mean[1] / b
    specificity = np.linspace(0.0, 1.0, _GRID)
    inner = expit((accuracy - logit(specificity[1:-1]) / b) / b)
    heights = np.concatenate(([1.0], inner, [0.0]))
    area = float(((heights[1:] + heights[:-1]) / 2.0).mean())
    return _wilson(area, _GRID)


def _wilson(p: float, n: int) -> Interval:
    z2 = z_value(CONFIDENCE) ** 2
    centre = (p + z2 / (2 * n)) / (1.0 + z2 / n)
    reach = math.sqrt(z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return Interval(p, min(p, centre - reach), max(p, centre + reach))


def _heterogeneity(
    counts: Counts, exact: BivariateFit, fit: BivariateFit, nodes: int
) -> MidasHeterogeneity:
    near = shared_intercept(counts, exact)
    null = refine(counts, shared_design(len(counts)), near, nodes=nodes)
    q_sens, q_spec = (_margin_test(counts, null, margin) for margin in (0, 1))
    gain = max(2.0 * (fit.log_likelihood - null.log_likelihood), 0.0)
    wide = [spread(fit, margin, confidence=CONFIDENCE) for margin in (0, 1)]
    return MidasHeterogeneity(
        q_sensitivity=q_sens,
        q_specificity=q_spec,
        q_joint=halved(as_test(gain, 2, confidence=CONFIDENCE)),
        icc_sensitivity=_icc(fit, 0),
        icc_specificity=_icc(fit, 1),
        median_sensitivity=wide[0].median if wide[0] else None,
        median_specificity=wide[1].median if wide[1] else None,
        threshold_share=None if fit.correlation is None else fit.correlation**2,
    )


def _margin_test(counts: Counts, null: Fit, margin: int) -> Homogeneity:
    seen = counts.totals[:, margin] > 0
    p = float(expit(null.phi[margin]))
    return around(
        counts.events[seen, margin], counts.totals[seen, margin], p, confidence=CONFIDENCE
    )


def _icc(fit: BivariateFit, margin: int) -> Interval | None:
    variance = float(fit.between[margin, margin])
    if variance == 0.0:
        return None
    icc = variance / (variance + LOGISTIC)
    se = math.sqrt(max(float(fit.covariance[2 + margin, 2 + margin]), 0.0))
    reach = z_value(CONFIDENCE) * se * LOGISTIC / (variance + LOGISTIC) ** 2
    return Interval(icc, max(icc - reach, 0.0), min(icc + reach, 1.0))


def _prediction_region(fit: BivariateFit) -> tuple[tuple[float, float], ...]:
    """Return the region with the covariance as MIDAS codes it: rho times two log deviations."""
    deviations = np.sqrt(np.diag(fit.between))
    if fit.k < 3 or deviations.min() == 0.0:
        return ()
    coded = (fit.correlation or 0.0) * float(np.log(deviations).prod())
    errors = np.sqrt(np.diag(fit.between) + np.diag(fit.covariance)[:2])
    r = float(np.clip((coded + fit.covariance[0, 1]) / errors.prod(), -1.0, 1.0))
    c = math.sqrt(2.0 * float(f_distribution.ppf(CONFIDENCE, 2, fit.k - 2)))
    t = np.linspace(0.0, 2.0 * np.pi, 121)
    sens = expit(fit.mean[0] + errors[0] * c * np.cos(t + math.acos(r)))
    spec = expit(fit.mean[1] + errors[1] * c * np.cos(t))
    return tuple((float(x), float(y)) for x, y in zip(sens, spec, strict=True))
