"""The mean attenuation of the inside of a body, as one feature of a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

#: What brings the mean of a windowed input, from 0 to 1, to about the spread of other features.
_MIDDLE, _GAIN = 0.5, 40.0

#: Share of a voxel inside the body from which on it counts.
_INSIDE = 0.5


class CoreMean(nn.Module):
    """Mean of the first channel where the second, a body mask, is deep.

    Normalisation takes the level of an image from a network's features bit by bit, and density is
    that level: given beside them, a head need not find it again, and learns what to correct in it.

    Args:
        depth: Voxels from the surface of the body, along each axis.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        self._depth = depth

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, 2, [D,] H, W)`` to ``(N, 1)``, float32.

        Without a deep voxel all of the body counts, and without a body nothing: 0.
        """
        image, body = inputs[:, :1].float(), (inputs[:, 1:2] > _INSIDE).float()
        core = 1.0 - grown(1.0 - body, self._depth)
        has_core = core.flatten(1).any(dim=1).reshape(-1, *(1,) * (inputs.ndim - 1))
        weight = torch.where(has_core, core, body).flatten(1)
        total = weight.sum(dim=1, keepdim=True)
        mean = (image.flatten(1) * weight).sum(dim=1, keepdim=True) / total.clamp(min=1.0)
        return torch.where(total > 0.0, (mean - _MIDDLE) * _GAIN, 0.0)


def grown(values: Tensor, reach: int) -> Tensor:
    """Return the greatest value within ``reach`` voxels along each axis, of ``(N, C, [D,] H, W)``.

    One axis after the other: a cube costs its side then, not its volume.
    """
    axes = values.ndim - 2
    pool = functional.max_pool3d if axes == 3 else functional.max_pool2d
    for axis in range(axes):
        window, margin = [1] * axes, [0] * axes
        window[axis], margin[axis] = 2 * reach + 1, reach
        values = pool(values, window, 1, margin)
    return values
