"""The bivariate box plot of the logits (Goldberg and Iglewicz, Technometrics 1992;34:307).

An inner ellipse, the hinge, holds the half of the studies nearest to a robust centre; an outer
one, the fence, is the last that a study may reach without being an outlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.model.likelihood import Array, Counts

#: Squared distance of the fence in units of that of the hinge, as the authors have it.
_FENCE = 7.0

#: Median absolute deviations at which a value stops to count (biweight; Mosteller and Tukey, Data
#: Analysis and Regression, 1977).
_REACH = 9.0

#: A correlation beyond this leaves an ellipse without width.
_HIGHEST = 0.999


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoxPlot:
    """The parts of the plot.

    Attributes:
        studies: Which studies have both margins, shape ``(m,)``.
        logits: Their logits of sensitivity and specificity, shape ``(m, 2)``.
        corrected: Which of them took half a patient in both cells of a margin, shape ``(m,)``.
        centre: Biweight centre, shape ``(2,)``.
        scale: Biweight scale, shape ``(2,)``.
        correlation: Biweight correlation.
        hinge: Distance of the inner ellipse.
        fence: Distance of the outer ellipse.
        distances: Of the studies, shape ``(m,)``.
    """

    studies: NDArray[np.intp]
    logits: Array
    corrected: NDArray[np.bool_]
    centre: Array
    scale: Array
    correlation: float
    hinge: float
    fence: float
    distances: Array

    @property
    def outliers(self) -> NDArray[np.intp]:
        """The studies beyond the fence."""
        return self.studies[self.distances > self.fence * (1.0 + 1e-9)]

    def ellipse(self, distance: float, *, points: int = 181) -> Array:
        """Return the logits at a distance from the centre, shape ``(points, 2)``."""
        angle = np.linspace(0.0, 2.0 * np.pi, points)
        along = distance * np.sqrt((1.0 + self.correlation) / 2.0) * np.cos(angle)
        across = distance * np.sqrt((1.0 - self.correlation) / 2.0) * np.sin(angle)
        circle = np.stack((along + across, along - across), -1)
        return np.asarray(self.centre + self.scale * circle)


def box_plot(counts: Counts) -> BoxPlot | None:
    """Return the plot; ``None`` with fewer than four studies or where half of them are equal.

    A margin with an empty cell has no logit: there, and there alone, half a patient is added to
    both of its cells.
    """
    studies = np.flatnonzero((counts.totals > 0).all(1))
    y, n = counts.events[studies], counts.totals[studies]
    empty = (y == 0) | (y == n)
    logits = np.log((y + 0.5 * empty) / (n - y + 0.5 * empty))
    if len(studies) < 4 or (_deviation(logits) < 1e-9).any():
        return None
    centre, scale, correlation = _robust(logits)
    u = (logits - centre) / scale
    squares = (u**2).sum(1) - 2.0 * correlation * u.prod(1)
    distances = np.sqrt(np.maximum(squares, 0.0) / (1.0 - correlation**2))
    hinge = float(np.median(distances))
    return BoxPlot(
        studies=studies,
        logits=logits,
        corrected=empty.any(1),
        centre=centre,
        scale=scale,
        correlation=correlation,
        hinge=hinge,
        fence=float(distances[distances**2 <= _FENCE * hinge**2].max()),
        distances=distances,
    )


def _deviation(values: Array) -> Array:
    return np.asarray(np.median(np.abs(values - np.median(values, 0)), 0))


def _robust(values: Array) -> tuple[Array, Array, float]:
    """Return biweight centre, scale and midcorrelation."""
    offset = values - np.median(values, 0)
    u = offset / (_REACH * _deviation(values))
    near = np.where(np.abs(u) < 1.0, (1.0 - u**2) ** 2, 0.0)
    centre = np.median(values, 0) + (near * offset).sum(0) / near.sum(0)
    bend = np.where(np.abs(u) < 1.0, (1.0 - u**2) * (1.0 - 5.0 * u**2), 0.0).sum(0)
    pull = near * offset
    covariance = len(values) * (pull.T @ pull) / np.outer(bend, bend)
    scale = np.sqrt(np.diag(covariance))
    correlation = float(covariance[0, 1] / scale.prod())
    return centre, scale, float(np.clip(correlation, -_HIGHEST, _HIGHEST))
