"""What a scanner reads of mineral and of all tissue."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws

#: Attenuation above which tissue outside the body is bone or contrast agent, HU: unenhanced
#: soft tissue ends at about 80 (recalled, not verified), and noise is to stay below it mostly.
SOFT_HU = 100.0


def scale_mineral(planes: Tensor, body: Tensor, config: Augmentation, draws: Draws) -> Tensor:
    """Scale attenuation as another tube potential or another scanner reads mineral.

    Within the vertebral body all attenuation is scaled, since the ratios between tube potentials
    are those of trabecular means, counted from water. Outside only what exceeds soft tissue is:
    bone, calcium and contrast agent.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        body: The share of a voxel inside the body, shape ``(N, S, L, P)``.
        config: How far.
        draws: Random numbers.
    """
    low, high = config.potential_ratio
    if low == high == 1.0 and config.bone_slope == 0.0:
        return planes
    gain = draws.uniform(low, high)
    gain = gain * draws.uniform(1.0 - config.bone_slope, 1.0 + config.bone_slope)
    return planes.addcmul(mineral(planes, body), (gain - 1.0)[:, None, None, None])


def mineral(planes: Tensor, body: Tensor) -> Tensor:
    """Return the part of the attenuation that goes with mineral, HU."""
    return torch.lerp(functional.relu(planes - SOFT_HU), planes, body)


def offset(planes: Tensor, config: Augmentation, draws: Draws) -> Tensor:
    """Add to each patch an offset of its own, HU."""
    if config.offset_hu == 0.0:
        return planes
    return planes + draws.uniform(-config.offset_hu, config.offset_hu)[:, None, None, None]
