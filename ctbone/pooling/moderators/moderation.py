"""Means of sensitivity and specificity that depend on something, around one covariance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.homogeneity import upper_tail
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import Fit, maximise
from ctbone.pooling.model.likelihood import Array, Counts


def mean_design(
    sensitivity: Array, specificity: Array, strata: NDArray[np.intp] | None = None
) -> Array:
    """Return how coefficients and the covariance make up the parameters of each study.

    Args:
        sensitivity: Columns that the logit of sensitivity depends on, shape ``(k, p)``.
        specificity: Those of specificity, shape ``(k, q)``.
        strata: Which covariance a study takes, from 0, shape ``(k,)``; one for all without.

    Returns:
        Shape ``(k, 5, p + q + 3 s)``: sensitivity, specificity, three for each of s covariances.
    """
    k, p = sensitivity.shape
    q = specificity.shape[1]
    which = np.zeros(k, np.intp) if strata is None else strata
    design = np.zeros((k, 5, p + q + 3 * (int(which.max()) + 1)))
    design[:, 0, :p], design[:, 1, p : p + q] = sensitivity, specificity
    for part in range(3):
        design[np.arange(k), 2 + part, p + q + 3 * which + part] = 1.0
    return design


def fit_means(counts: Counts, design: Array, fit: BivariateFit, means: Sequence[float]) -> Fit:
    """Fit a design of ``mean_design``, starting from the covariance of a fit without it.

    Args:
        counts: What the studies saw.
        design: How the parameters of a study are made up.
        fit: The model without the design.
        means: First values of the coefficients.
    """
    copies = (design.shape[2] - len(means)) // 3
    # A little off the boundary, where the score is zero by symmetry.
    return maximise(counts, design, np.concatenate([means, np.tile(fit.theta[2:] + 0.02, copies)]))


def wald(estimate: Array, covariance: Array, contrasts: Array) -> float:
    """Return the probability of contrasts at least this far from zero if all were zero.

    Args:
        estimate: Coefficients, shape ``(m,)``.
        covariance: Of them, shape ``(m, m)``.
        contrasts: What is zero under the hypothesis, shape ``(d, m)``.
    """
    gap = contrasts @ estimate
    within = contrasts @ covariance @ contrasts.T
    chi2 = float(gap @ np.linalg.pinv(within, hermitian=True) @ gap)
    return upper_tail(max(chi2, 0.0), len(contrasts))
