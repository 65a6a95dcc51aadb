"""Places in axial planes, for what runs along the spine."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class AxialPlaces(NamedTuple):
    """Where the pixels of axial planes lie, from the middle of the patch.

    Attributes:
        left_mm: Shape ``(L, 1)``.
        posterior_mm: Shape ``(1, P)``.
        pixel_mm: Mean side of a pixel.
    """

    left_mm: Tensor
    posterior_mm: Tensor
    pixel_mm: float

    def from_axis(self, left_mm: Tensor, posterior_mm: Tensor) -> tuple[Tensor, Tensor]:
        """Return where pixels lie from axes, one of each example; ``(N, L, 1)``, ``(N, 1, P)``."""
        return (
            self.left_mm - left_mm[:, None, None],
            self.posterior_mm - posterior_mm[:, None, None],
        )


def axial_places(planes: Tensor, spacing_mm: tuple[float, float, float]) -> AxialPlaces:
    """Return where the pixels of planes ``(N, S, L, P)`` lie."""
    left, posterior = (
        (torch.arange(n, device=planes.device) - (n - 1) / 2.0) * d
        for n, d in zip(planes.shape[2:], spacing_mm[:2], strict=True)
    )
    return AxialPlaces(left[:, None], posterior[None], 0.5 * sum(spacing_mm[:2]))


def disc(distance_mm: Tensor, radius_mm: Tensor, pixel_mm: float) -> Tensor:
    """Return how much of each pixel lies in a disc, from 0 to 1, its edge a pixel wide."""
    depth = radius_mm[:, None, None] - distance_mm
    return depth.div_(pixel_mm).add_(0.5).clamp_(0.0, 1.0)
