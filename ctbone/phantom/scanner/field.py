"""The circular field of a reconstruction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.volume import Grid


def outside_field(grid: Grid, diameter_mm: float) -> NDArray[np.bool_]:
    """Return which positions of a slice, ``(I, J)``, lie outside the circular field."""
    (si, sj, _), (ni, nj, _) = grid.spacing_mm, grid.shape
    i = (np.arange(ni) - 0.5 * (ni - 1))[:, None] * si
    j = (np.arange(nj) - 0.5 * (nj - 1))[None, :] * sj
    return np.asarray(i * i + j * j > (0.5 * diameter_mm) ** 2)
