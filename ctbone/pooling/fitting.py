"""Newton's method on the summed marginal likelihood, for every model that is linear in its parts.

A model says how the free parameters ``phi`` (m of them) make up the five parameters of each study:
``theta_i = D_i phi`` with the design ``D`` of shape ``(k, 5, m)``. The bivariate model, its
reductions at the boundary, one margin alone, the single shared intercept of MIDAS and
meta-regression differ in ``D`` and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctbone.pooling.likelihood import Array, Counts, Marginal, marginal

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

_STEPS, _HALVINGS = 60, 12
_LONGEST_STEP = 1.5


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
        nodes: Quadrature nodes a dimension.
        tolerance: Newton decrement at which to stop.
    """
    phi = np.asarray(start, float)
    here = _at(phi, counts, design, nodes)
    for step in range(_STEPS):
        direction, decrement, is_peak = _newton(*_chain(here, design))
        if decrement < tolerance or np.abs(phi).max() > RUNAWAY:
            has_converged = is_peak and bool(np.abs(phi).max() <= RUNAWAY)
            return _ended(phi, here, design, has_converged=has_converged, steps=step)
        if decrement < _NEAR and is_peak:
            phi = phi + direction
            here = _at(phi, counts, design, nodes, mode=here.mode)
        elif (reached := _climb(phi, direction, here, (counts, design, nodes))) is None:
            break
        else:
            phi, here = reached
    return _ended(phi, here, design, has_converged=False, steps=step)


def _at(
    phi: Array, counts: Counts, design: Array, nodes: int, *, mode: Array | None = None
) -> Marginal:
    return marginal(design @ phi, counts, nodes=nodes, mode=mode)


def _chain(here: Marginal, design: Array) -> tuple[Array, Array]:
    score = np.einsum("kjm,kj->m", design, here.score)
    hessian = np.einsum("kia,kij,kjb->ab", design, here.hessian, design, optimize=True)
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
    phi: Array, direction: Array, here: Marginal, model: tuple[Counts, Array, int]
) -> tuple[Array, Marginal] | None:
    """Go along the direction as far as the likelihood rises, halving the step until it does.

    Returns:
        ``None`` where no step gains anything: counts so large that rounding hides the slope.
    """
    for halving in range(_HALVINGS):
        trial = phi + 0.5**halving * direction
        there = _at(trial, *model, mode=here.mode)
        if there.value.sum() > here.value.sum():
            return trial, there
    return None


def _ended(phi: Array, here: Marginal, design: Array, *, has_converged: bool, steps: int) -> Fit:
    _, hessian = _chain(here, design)
    values, axes = np.linalg.eigh(-hessian)
    # Directions in which the surface is flat carry no variance of anything that is reported.
    inverse = np.zeros_like(values)
    is_steep = values > 1e-15 * float(np.abs(values).max())
    inverse[is_steep] = 1.0 / values[is_steep]
    covariance = np.asarray((axes * inverse) @ axes.T, np.float64)
    return Fit(phi, float(here.value.sum()), covariance, has_converged, steps)
