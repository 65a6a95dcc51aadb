"""Cubic B-splines over a lattice: smooth fields from a few coefficients.

Coefficients stand along the last three axes, ``k, j, i``; positions are shares of an axis, 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Points along an axis at which a field is asked how steep it is: three to a piece.
_POINTS = 16


def basis(positions: Array, count: int) -> Array:
    """Return the weights of ``count`` coefficients at positions, ``(len(positions), count)``."""
    pieces = count - 3
    place = np.clip(positions, 0.0, 1.0) * pieces
    first = np.minimum(place.astype(int), pieces - 1)
    t = place - first
    weights = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1
    )
    found = np.zeros((len(positions), count))
    for offset in range(4):
        found[np.arange(len(positions)), first + offset] = weights[:, offset] / 6.0
    return found


def at_points(coefficients: Array, shares: Array) -> Array:
    """Return fields, coefficients ``(A, n, n, n)``, at points ``(N, 3)`` along ``i, j, k``."""
    i, j, k = (basis(share, coefficients.shape[-1]) for share in shares.T)
    found = np.einsum("acde,nc,nd,ne->na", coefficients, k, j, i, optimize=True)
    return np.asarray(found)


def steepness(coefficients: Array, extent_mm: tuple[float, float, float]) -> float:
    """Return by how much a displacement changes at most over a millimetre.

    Args:
        coefficients: Displacement along ``i, j, k`` in mm, shape ``(3, n, n, n)``.
        extent_mm: Extent of the lattice along ``i, j, k``.
    """
    weights = basis(np.linspace(0.0, 1.0, _POINTS), coefficients.shape[-1])
    field = np.einsum(
        "acde,kc,jd,ie->akji", coefficients, weights, weights, weights, optimize=True
    )
    steps = [extent / (_POINTS - 1) for extent in extent_mm[::-1]]
    slopes = np.stack(np.gradient(field, *steps, axis=(1, 2, 3)))
    return float(np.linalg.norm(slopes.reshape(3, 3, -1).T, ord=2, axis=(1, 2)).max())
