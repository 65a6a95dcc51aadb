"""What the outliner's network sees of a vertebra, and where it lies in the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.networks.outliner import OutlinerConfig
from ctbone.volume import Grid

Floats = NDArray[np.float64]


def crop_grid(centre_mm: Floats, axes: Floats, *, config: OutlinerConfig) -> Grid:
    """Return the lattice of a crop: about a centre, its axes along the vertebra's own.

    Args:
        centre_mm: Centre of the body, LPS millimetres, shape ``(3,)``.
        axes: Its left, posterior and superior as columns, shape ``(3, 3)``.
        config: How large a crop is.
    """
    middle = centre_mm + axes[:, 1] * config.behind_mm
    return Grid.about(middle, axes, shape=config.shape, spacing_mm=config.spacing_mm)


def to_outliner_input(hu: NDArray[np.float32], *, config: OutlinerConfig) -> NDArray[np.float32]:
    """Scale attenuation ``(L, P, S)`` to each window, 0 to 1: ``(W, L, P, S)``."""
    channels = [(hu - lower) / (upper - lower) for lower, upper in config.windows_hu]
    return np.asarray(np.clip(np.stack(channels), 0.0, 1.0), dtype=np.float32)
