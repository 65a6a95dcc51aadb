"""The shared encoder of a multitask network for several doses and devices."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Encoder, mean_over_space
from ctbone.networks.backbones.layers import Dimensions, convolution
from ctbone.networks.backbones.resnet import STAGE_CHANNELS, build_resnet

#: Channels to hidden units of the channel attention, and pixels of the spatial attention's kernel
#: (Woo et al., ECCV 2018).
_REDUCTION, _KERNEL = 16, 7


class DeepmdQCT(Encoder):
    """A ResNet whose local and global features pass an attention and are joined.

    Zhang et al., Comput Biol Med 2024, 10.1016/j.compbiomed.2023.107916. Known: domain-invariant
    features over doses and devices; a "comprehensive attention" that guides the fusion of global
    and local features; categories and density from one network. Inferred: ResNet-18 as the
    encoder; attention over channels and space (Woo et al., ECCV 2018) on its third stage, local,
    and its fourth, global; and a reversal of gradients before a classifier of the domain, which
    the head adds where its configuration counts domains.

    Args:
        config: What it is built from.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.encoder = build_resnet("resnet18", config)
        near, far = (config.scaled(channels) for channels in STAGE_CHANNELS[2:])
        self.near = _Attention(config.dimensions, near)
        self.far = _Attention(config.dimensions, far)
        self.features = near + far

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, [D,] H, W)`` to ``(N, features)``."""
        maps = self.encoder.maps(inputs)
        looked = (self.near(maps["layer3"]), self.far(maps["layer4"]))
        return torch.cat([mean_over_space(part) for part in looked], dim=1)


class _Attention(nn.Module):
    """Weights for channels, then for pixels."""

    def __init__(self, dimensions: Dimensions, channels: int) -> None:
        super().__init__()
        hidden = max(4, channels // _REDUCTION)
        self.channels = nn.Sequential(
            nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels)
        )
        self.space = convolution(dimensions, 2, 1, kernel=_KERNEL)

    def forward(self, maps: Tensor) -> Tensor:
        flat = maps.flatten(2)
        weights = self.channels(flat.mean(dim=2)) + self.channels(flat.amax(dim=2))
        maps = maps * weights.sigmoid().unflatten(1, (-1, *(1,) * (maps.ndim - 2)))
        across = (maps.mean(dim=1, keepdim=True), maps.amax(dim=1, keepdim=True))
        looked: Tensor = maps * self.space(torch.cat(across, dim=1)).sigmoid()
        return looked
