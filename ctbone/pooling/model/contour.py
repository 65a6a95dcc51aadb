"""Pairs of means that share one value of a pooled quantity.

The five pooled quantities are functions of the two mean logits alone. On its own scale (logit of
a proportion, logarithm of a ratio) the value ``psi`` of a quantity leaves the pair one degree of
freedom, ``t``. A contour is the curve ``t -> m`` at fixed ``psi``, with the derivatives that a
search along it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import log_expit

from ctbone.pooling.model.likelihood import Array

Quantity = Literal["sensitivity", "specificity", "lr_positive", "lr_negative", "dor"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A pair of means on a contour.

    Attributes:
        mean: Logit sensitivity and specificity, shape ``(2,)``.
        slope: Of them along ``t``, shape ``(2,)``.
        bend: Their second derivative along ``t``, shape ``(2,)``.
        across: Of them in ``psi`` at fixed ``t``, shape ``(2,)``.
    """

    mean: Array
    slope: Array
    bend: Array
    across: Array


@dataclass(frozen=True, slots=True)
class Contour:
    """A pooled quantity as coordinates of the means.

    Attributes:
        value: ``psi`` of a pair of means.
        gradient: Slope of ``psi`` in the means, shape ``(2,)``.
        position: ``t`` of a pair of means on the contour of ``psi``.
        at: The pair at ``psi`` and ``t``.
    """

    value: Callable[[Array], float]
    gradient: Callable[[Array], Array]
    position: Callable[[Array, float], float]
    at: Callable[[float, float], Place]


def _straight(across: tuple[float, float], along: tuple[float, float]) -> Contour:
    """Return the contour of ``across^-1 m``: the pair is ``psi across + t along``."""
    basis = np.asarray([across, along]).T
    inverse = np.asarray(np.linalg.inv(basis), float)
    return Contour(
        value=lambda m: float(inverse[0] @ m),
        gradient=lambda _: inverse[0],
        position=lambda m, _: float(inverse[1] @ m),
        at=lambda psi, t: Place(basis @ [psi, t], basis[:, 1], np.zeros(2), basis[:, 0]),
    )


def _shrunk(t: float, depth: float) -> tuple[float, float, float, float]:
    """Return ``x = logit(exp(-depth) expit(t))``, its two derivatives in t and one in depth."""
    log_p = log_expit(t) - depth
    p, rest, miss = np.exp(log_p), -np.expm1(log_p), np.exp(log_expit(-t))
    hit = 1.0 - miss
    slope = miss / rest
    return float(log_p - np.log(rest)), slope, slope * (p - hit) / rest, -1.0 / rest


def _positive(psi: float, t: float) -> Place:
    """Return the pair with ``log LR+ = psi``; the smaller of sens and 1 - spec is the one solved.

    Above 1 that is the false-positive rate and ``t`` the logit sensitivity, below 1 the other way.
    """
    if psi >= 0.0:
        x, slope, bend, by_depth = _shrunk(t, psi)
        mean, slopes = (t, -x), (1.0, -slope)
        return _place(mean, slopes, (0.0, -bend), (0.0, -by_depth))
    x, slope, bend, by_depth = _shrunk(-t, -psi)
    return _place((x, t), (-slope, 1.0), (bend, 0.0), (-by_depth, 0.0))


def _place(*parts: tuple[float, float]) -> Place:
    mean, slope, bend, across = (np.asarray(part, float) for part in parts)
    return Place(mean, slope, bend, across)


def _log_positive(m: Array) -> float:
    return float(log_expit(m[0]) - log_expit(-m[1]))


def _gradient_positive(m: Array) -> Array:
    return np.exp(log_expit(np.asarray([-m[0], m[1]])))


def _negative(psi: float, t: float) -> Place:
    # (1 - sens) / spec is sens / (1 - spec) at the negative logits.
    p = _positive(psi, t)
    return Place(-p.mean, -p.slope, -p.bend, -p.across)


CONTOURS: dict[Quantity, Contour] = {
    "sensitivity": _straight((1.0, 0.0), (0.0, 1.0)),
    "specificity": _straight((0.0, 1.0), (1.0, 0.0)),
    "lr_positive": Contour(
        value=_log_positive,
        gradient=_gradient_positive,
        position=lambda m, psi: float(m[0] if psi >= 0.0 else m[1]),
        at=_positive,
    ),
    "lr_negative": Contour(
        value=lambda m: _log_positive(-m),
        gradient=lambda m: -_gradient_positive(-m),
        position=lambda m, psi: float(-m[0] if psi >= 0.0 else -m[1]),
        at=_negative,
    ),
    "dor": _straight((0.5, 0.5), (1.0, -1.0)),
}
