"""Breathing: the front of the body moves along the table while it is scanned.

The spine rests on the table. What lies before it moves up and down as the table passes, so that
slices show it where it was at their time; a slice averages over the part of a breath that a
rotation takes, which doubles edges.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Table travel during a breath, mm: 4 s at 20 mm/s or so (recalled).
_TRAVEL_MM = 80.0

#: Part of a breath that one rotation sees, as an angle: 0.5 s of 4.
_ROTATION_RAD = 0.8

#: Where movement sets in and where it is whole, LPS y relative to the centre of L1, mm.
_STILL_MM, _MOVING_MM = -25.0, -70.0


def displacements(centres_mm: NDArray[np.float64], amplitude_mm: float) -> NDArray[np.float64]:
    """Return where the front was at the start and at the end of each slice's rotation.

    Args:
        centres_mm: Place of each slice along the table.
        amplitude_mm: Half the way from breathing in to breathing out.

    Returns:
        Displacements along the table, shape ``(2, len(centres_mm))``.
    """
    phase = 2.0 * np.pi * centres_mm / _TRAVEL_MM
    ends = np.array([-0.5, 0.5])[:, None] * _ROTATION_RAD
    return np.asarray(amplitude_mm * np.sin(phase + ends))


def moving_share(
    affine: NDArray[np.float64], shape: tuple[int, int], *, device: torch.device
) -> Tensor:
    """Return how far each position of a slice takes part, 0 to 1, shape ``(J, I)``."""
    j = torch.arange(shape[0], dtype=torch.float32, device=device)[:, None] * float(affine[1, 1])
    i = torch.arange(shape[1], dtype=torch.float32, device=device) * float(affine[1, 0])
    y = i + j + float(affine[1, 3])
    return ((y - _STILL_MM) / (_MOVING_MM - _STILL_MM)).clamp_(0.0, 1.0)
