"""One door to the models of this room."""

from __future__ import annotations

import numpy as np

from ctbone.pooling.model.bivariate import BivariateFit, Model, fit_bivariate
from ctbone.pooling.model.fitting import NODES
from ctbone.pooling.model.likelihood import Array, Counts, cholesky_factor, marginal, posterior
from ctbone.pooling.model.normal import Correction, empirical_logits, fit_normal, precision


def fit_model(
    counts: Counts, *, model: Model, correction: Correction = "single", start: Array | None = None
) -> BivariateFit:
    """Fit a model by its name.

    Args:
        counts: What the studies saw; none of them empty.
        model: Whose likelihood is maximised.
        correction: Which studies take half a patient a cell, in the normal models alone.
        start: Parameters near the maximum, shape ``(5,)``; the normal models find their own.
    """
    if model in {"exact", "laplace"}:
        return fit_bivariate(counts, start=start, nodes=NODES if model == "exact" else 1)
    return fit_normal(counts, model=model, correction=correction)


def information(counts: Counts, fit: BivariateFit, *, correction: Correction = "single") -> Array:
    """Return what each study tells of the two means, shape ``(k, 2, 2)``.

    The variances between studies are taken as estimated. In the exact model it is the negative
    curvature of the study's own log-likelihood, never negative because a count makes no true
    logit less certain than the population did.
    """
    if fit.model in {"normal_ml", "normal_reml"}:
        known, _ = precision(fit.theta[None], empirical_logits(counts, correction))
        return np.asarray(known[0])
    here = marginal(np.tile(fit.theta, (len(counts), 1)), counts, nodes=NODES)
    return np.asarray(-here.hessian[:, :2, :2])


def predicted_effects(
    counts: Counts, fit: BivariateFit, *, correction: Correction = "single"
) -> tuple[Array, Array]:
    """Return each study's predicted departure from the means, and the covariance of that.

    The departure is the posterior mean of its random effects (empirical Bayes). Over studies like
    it that mean has the covariance between studies less that of the posterior.

    Returns:
        Shapes ``(k, 2)`` and ``(k, 2, 2)``, logits.
    """
    if fit.model in {"normal_ml", "normal_reml"}:
        data = empirical_logits(counts, correction)
        known = precision(fit.theta[None], data)[0][0]
        residual = data.seen * (data.logits - fit.mean)
        effects = np.einsum("ij,kjl,kl->ki", fit.between, known, residual)
        return effects, fit.between @ known @ fit.between
    factor = cholesky_factor(fit.theta[None])[0]
    mean, covariance = posterior(np.tile(fit.theta, (len(counts), 1)), counts, nodes=NODES)
    return mean @ factor.T, factor @ (np.eye(2) - covariance) @ factor.T
