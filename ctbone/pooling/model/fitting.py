"""Newton's method on a log-likelihood, for every model that this room fits.

``ascend`` climbs any surface that tells its value, slope and curvature. ``maximise`` is it for
models that are linear in their parts: such a model says how the free parameters ``phi`` (m of
them) make up the five parameters of each study, ``theta_i = D_i phi`` with the design ``D`` of
shape ``(k, 5, m)``. The bivariate model, its reductions at the boundary, one margin alone, the
single shared intercept of MIDAS and meta-regression differ in ``D`` and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ctbone.pooling.model.laplace import laplace
from ctbone.pooling.model.likelihood import Array, Counts, Marginal, marginal

#: Nodes a dimension of the reported fit, of the search that leads up to it, and of the fit where
#: the reported one turns out not to be exact.
NODES, SEARCH_NODES, FINE_NODES = 21, 7, 51

#: A decrement of 1e-10 moves an estimate by a hundred-thousandth of its standard error.
TOLERANCE, SEARCH_TOLERANCE = 1e-10, 1e-4

#: Logits and standard deviations beyond this are on their way to infinity: expit(20) = 1 - 2e-9.
RUNAWAY = 20.0

#: Below this decrement the surface is a parabola and the root of the score is sought, since the
#: value itself carries the rounding of the quadrature.
_NEAR = 0.05

#: Steps, and halvings of one, after which the search gives up, and the longest step in units of
#: the parameters: choices, generous where a few steps are the rule.
_STEPS, _HALVINGS = 60, 12
_LONGEST_STEP = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A log-likelihood and its derivatives at one place.

    Attributes:
        value: The log-likelihood.
        score: Its slope, shape ``(m,)``.
        hessian: Its curvature, shape ``(m, m)``.
        mode: Where the integrand of each study peaks, a start for places nearby; ``None`` where
            nothing is integrated.
    """

    value: float
    score: Array
    hessian: Array
    mode: Array | None = None


#: From free parameters, and the peaks at a place nearby, to the point there.
Surface = Callable[[Array, Array | None], Point]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Where the search ended.

    Attributes:
        phi: Free parameters, shape ``(m,)``.
        log_likelihood: With the binomial coefficients.
        covariance: Inverse of the observed information, shape ``(m, m)``.
        has_converged: Whether a finite maximum was reached.
        steps: Newton steps taken.
    """

    phi: Array
    log_likelihood: float
    covariance: Array
    has_converged: bool
    steps: int


def maximise(
    counts: Counts,
    design: Array,
    start: Array,
    *,
    nodes: int = NODES,
    tolerance: float = TOLERANCE,
) -> Fit:
    """Climb from a start to the nearest maximum of the likelihood.

    Args:
        counts: What the k studies saw.
        design: How ``phi`` makes up the parameters of each study, shape ``(k, 5, m)``.
        start: First ``phi``, shape ``(m,)``.
        nodes: Quadrature nodes a dimension; with 1 the Laplace approximation is maximised.
        tolerance: Newton decrement at which to stop.
    """

    def surface(phi: Array, mode: Array | None) -> Point:
        here = integrate(design @ phi, counts, nodes=nodes, mode=mode)
        return Point(float(here.value.sum()), *_chain(here, design), here.mode)

    return ascend(surface, start, tolerance=tolerance)


def integrate(theta: Array, counts: Counts, *, nodes: int, mode: Array | None = None) -> Marginal:
    """Integrate by quadrature, or by Laplace's method where there is one node."""
    if nodes == 1:
        return laplace(theta, counts, mode=mode)
    return marginal(theta, counts, nodes=nodes, mode=mode)


def ascend(surface: Surface, start: Array, *, tolerance: float = TOLERANCE) -> Fit:
    """Climb a surface from a start to the nearest maximum."""
    phi = np.asarray(start, float)
    here = surface(phi, None)
    for step in range(_STEPS):
        direction, decrement, is_peak = _newton(here.score, here.hessian)
        if decrement < tolerance or np.abs(phi).max() > RUNAWAY:
            has_converged = is_peak and bool(np.abs(phi).max() <= RUNAWAY)
            return _ended(phi, here, has_converged=has_converged, steps=step)
        if decrement < _NEAR and is_peak:
            phi = phi + direction
            here = surface(phi, here.mode)
        elif (reached := _climb(phi, direction, here, surface)) is None:
            break
        else:
            phi, here = reached
    return _ended(phi, here, has_converged=False, steps=step)


def _chain(here: Marginal, design: Array) -> tuple[Array, Array]:
    score = np.einsum("kjm,kj->m", design, here.score)
    hessian = np.matmul(design.swapaxes(1, 2), np.matmul(here.hessian, design)).sum(0)
    return score, 0.5 * (hessian + hessian.T)


def _newton(score: Array, hessian: Array) -> tuple[Array, float, bool]:
    """Return an ascent direction, the gain it promises, and whether the surface bends down.

    Where the surface bends up along an axis the sign of that axis is turned, so that the step
    still climbs.
    """
    values, axes = np.linalg.eigh(-hessian)
    floor = 1e-6 * max(1.0, float(np.abs(values).max()))
    along = axes.T @ score
    direction = axes @ (along / np.maximum(np.abs(values), floor))
    length = float(np.abs(direction).max())
    decrement = float(score @ direction)
    is_peak = bool(values.min() > -floor)
    return direction * min(1.0, _LONGEST_STEP / max(length, 1e-300)), decrement, is_peak


def _climb(
    phi: Array, direction: Array, here: Point, surface: Surface
) -> tuple[Array, Point] | None:
    """Go along the direction as far as the likelihood rises, halving the step until it does.

    Returns:
        ``None`` where no step gains anything: counts so large that rounding hides the slope.
    """
    for halving in range(_HALVINGS):
        trial = phi + 0.5**halving * direction
        there = surface(trial, here.mode)
        if there.value > here.value:
            return trial, there
    return None


def _ended(phi: Array, here: Point, *, has_converged: bool, steps: int) -> Fit:
    values, axes = np.linalg.eigh(-here.hessian)
    # Directions in which the surface is flat carry no variance of anything that is reported.
    inverse = np.zeros_like(values)
    is_steep = values > 1e-15 * float(np.abs(values).max())
    inverse[is_steep] = 1.0 / values[is_steep]
    covariance = np.asarray((axes * inverse) @ axes.T, np.float64)
    return Fit(phi, here.value, covariance, has_converged, steps)
