"""What lies along the superior axis: the thickness of slices."""

from __future__ import annotations

import torch
from torch import Tensor

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws


def thicken(planes: Tensor, config: Augmentation, spacing_mm: float, draws: Draws) -> Tensor:
    """Average each patch over slices of a thickness of its own.

    A thickness up to the spacing changes nothing. How far apart such slices would lie, and what
    is interpolated between them, is left out.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        config: How thick at most.
        spacing_mm: Along the superior axis.
        draws: Random numbers.
    """
    if config.thickness_mm <= spacing_mm:
        return planes
    thickness = draws.uniform(0.0, config.thickness_mm)
    return along_slices(planes, box_weights(thickness, planes.shape[1], spacing_mm))


def box_weights(thickness_mm: Tensor, count: int, spacing_mm: float) -> Tensor:
    """Return the share of each plane in the average over a slice about each plane.

    A plane stands for its voxels, all the way from face to face, so that the average is exact for
    any thickness. Beyond the patch there is nothing to average.

    Args:
        thickness_mm: Of each example, shape ``(N,)``; at least the spacing is taken.
        count: Planes, S.
        spacing_mm: From plane to plane.

    Returns:
        Rows that sum to 1, shape ``(N, S, S)``.
    """
    half = 0.5 * (thickness_mm.clamp(min=spacing_mm) / spacing_mm)[:, None, None]
    places = torch.arange(count, device=half.device, dtype=half.dtype)
    apart = (places[:, None] - places)[None]
    upper, lower = torch.minimum(half, apart + 0.5), torch.maximum(-half, apart - 0.5)
    shares = (upper - lower).clamp_(min=0.0)
    return shares / shares.sum(dim=2, keepdim=True)


def along_slices(planes: Tensor, weights: Tensor) -> Tensor:
    """Mix planes ``(N, S, L, P)`` by weights ``(N, S, S)``, of each plane in each."""
    return torch.bmm(weights, planes.flatten(2)).view(planes.shape)
