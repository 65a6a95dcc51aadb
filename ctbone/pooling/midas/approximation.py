"""The maximum of a likelihood that few quadrature nodes approximate, as other programs find it.

With few nodes the score that ``likelihood`` gives is that of the exact integral, not that of the
approximation. The top of the approximation itself is sought here, by differences.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ctbone.pooling.model.fitting import Fit, maximise
from ctbone.pooling.model.likelihood import Array, Counts, marginal

#: Steps of the central differences: first derivatives, second derivatives.
_STEP, _WIDE_STEP = 1e-4, 2e-3

#: Steps, and halvings of one, after which the search gives up: a choice.
_STEPS, _HALVINGS = 15, 6

#: Newton decrement at which to stop.
_TOLERANCE = 1e-8


def refine(counts: Counts, design: Array, near: Fit, *, nodes: int) -> Fit:
    """Climb from the exact maximum to the near one of the approximation.

    Args:
        counts: What the k studies saw.
        design: How the parameters make up those of each study, shape ``(k, 5, m)``.
        near: The exact fit of this design.
        nodes: Quadrature nodes a dimension; 1 is the Laplace approximation, whose slope is known.
    """
    if nodes == 1:
        return maximise(counts, design, near.phi, nodes=1)

    def value(phi: Array) -> float:
        return float(marginal(design @ phi, counts, nodes=nodes).value.sum())

    phi, here, has_converged = near.phi, value(near.phi), False
    for _ in range(_STEPS):
        score = _slope(value, phi)
        # The two surfaces bend nearly alike: the exact one's curvature serves for the steps.
        step = near.covariance @ score
        has_converged = bool(float(score @ step) < _TOLERANCE)
        trials = (phi + 0.5**halving * step for halving in range(_HALVINGS))
        better = next((t for t in trials if value(t) > here), None)
        if has_converged or better is None:
            break
        phi, here = better, value(better)
    return Fit(phi, here, _covariance(value, phi, near), has_converged, 0)


def _covariance(value: Callable[[Array], float], phi: Array, near: Fit) -> Array:
    """Invert the curvature; where counts so large that rounding hides it, take the exact fit's."""
    information = -_curvature(value, phi)
    values = np.linalg.eigvalsh(information)
    if values.min() <= 1e-10 * values.max():
        return near.covariance
    return np.asarray(np.linalg.inv(information), float)


def _slope(value: Callable[[Array], float], phi: Array) -> Array:
    steps = _STEP * np.eye(len(phi))
    return np.asarray([(value(phi + e) - value(phi - e)) / (2.0 * _STEP) for e in steps])


def _curvature(value: Callable[[Array], float], phi: Array) -> Array:
    steps = _WIDE_STEP * np.eye(len(phi))
    found = np.zeros((len(phi), len(phi)))
    for i, e in enumerate(steps):
        for j, d in enumerate(steps[: i + 1]):
            rise = value(phi + e + d) + value(phi - e - d)
            corners = rise - value(phi + e - d) - value(phi - e + d)
            found[i, j] = found[j, i] = corners / (4.0 * _WIDE_STEP**2)
    return found
