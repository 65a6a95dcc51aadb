"""Fits that end at the edge of what is possible, and the smaller models that say the same.

In the Cholesky factor of ``likelihood`` a variance of zero and a correlation of one are ordinary
points, so the search walks onto them; there the full Hessian is singular and the reduced model,
which holds them, carries the standard errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from ctbone.pooling.model.fitting import Fit
from ctbone.pooling.model.likelihood import Array

#: A part of the between-study covariance that the data put at the edge of what is possible.
Boundary = Literal["variance of sensitivity 0", "variance of specificity 0", "correlation +-1"]

#: Which of the five parameters stay free; the others are zero.
Free = tuple[int, ...]

#: All of them.
FULL: Free = (0, 1, 2, 3, 4)

#: Standard deviations and departures from a correlation of one below which the reduced model is
#: tried in place of the full one.
SMALL_SD, _SMALL_SHARE = 0.02, 0.04

#: Log-likelihood by which a reduced model may fall short: the rounding of the quadrature.
EQUAL = 1e-5


def reduce_model(full: Fit, restricted: Callable[[Free, Array], Fit]) -> tuple[Free, Fit]:
    """Replace the full model by the smallest one that reaches the same likelihood.

    Args:
        full: The fit with all five parameters free.
        restricted: Fits the model with some of them free, from a start of shape ``(5,)``.
    """
    for free, start in _candidates(full.phi):
        fit = restricted(free, start)
        if fit.log_likelihood > full.log_likelihood - EQUAL:
            return free, fit
    return FULL, full


def _candidates(theta: Array) -> list[tuple[Free, Array]]:
    a, b, c = theta[2:]
    spread = float(np.hypot(b, c))
    found: list[tuple[Free, Array]] = []
    if abs(a) < SMALL_SD and spread < SMALL_SD:
        found.append(((0, 1), theta))
    if abs(a) < SMALL_SD:
        found.append(((0, 1, 4), np.asarray([*theta[:2], 0.0, 0.0, spread])))
    if spread < SMALL_SD:
        found.append(((0, 1, 2), theta))
    if abs(c) < _SMALL_SHARE * spread or spread < SMALL_SD:
        found.append(((0, 1, 2, 3), theta))
    return found


def edges(free: Free) -> tuple[Boundary, ...]:
    """Name what a reduced model holds at the edge."""
    if free == (0, 1, 2, 3):
        return ("correlation +-1",)
    no_sensitivity: tuple[Boundary, ...] = ("variance of sensitivity 0",) if 2 not in free else ()
    has_specificity = 3 in free or 4 in free
    return no_sensitivity if has_specificity else (*no_sensitivity, "variance of specificity 0")
