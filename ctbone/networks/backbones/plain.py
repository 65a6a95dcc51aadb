"""Convolutions and pooling without shortcuts: VGG-16, a plain CNN and a dual-block CNN."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Encoder, Staged
from ctbone.networks.backbones.layers import convolve, halve

#: Channels of the convolutions of each stage (Simonyan and Zisserman, ICLR 2015, table 1, D).
_VGG16 = ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)

#: Inferred: channels of the four convolutions of a plain CNN.
_PLAIN = ((32,), (64,), (128,), (256,))


def build_vgg16(config: BackboneConfig) -> Staged:
    """Build the convolutions of VGG-16 (Simonyan and Zisserman, ICLR 2015).

    Two choices differ from the paper: batch normalisation after every convolution, without which
    thirteen layers hardly train from fresh weights, and the mean over space in place of the two
    layers of 4096 units, which fix the size of the input and hold nine tenths of the parameters.
    """
    return _stack(_VGG16, config, kernel=3)


def build_cnn(config: BackboneConfig) -> Staged:
    """Build a plain CNN as that of Yasaka et al., Eur Radiol 2020;30:3549.

    Known: a convolutional network from axial slices to density. Recalled and not looked up: four
    convolutions with pooling. Inferred: channels, kernels, normalisation and the mean over space.
    """
    return _stack(_PLAIN, config, kernel=3)


class DualBlock(Encoder):
    """Two blocks of convolutions side by side, whose features are joined.

    Kucukciloglu et al., Diagn Interv Radiol 2024;30:9. Known: a CNN with dual blocks, for a richer
    choice of features. Inferred: kernels of 3 and 5 pixels, four convolutions in each block, their
    channels, normalisation, the mean over space and the joining at the end.

    Args:
        config: What it is built from.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.fine = _stack(_PLAIN, config, kernel=3)
        self.coarse = _stack(_PLAIN, config, kernel=5)
        self.features = self.fine.features + self.coarse.features

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, [D,] H, W)`` to ``(N, features)``."""
        return torch.cat((self.fine(inputs), self.coarse(inputs)), dim=1)


def _stack(plan: Sequence[Sequence[int]], config: BackboneConfig, *, kernel: int) -> Staged:
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    channels = config.in_channels
    for rank, widths in enumerate(plan):
        layers: list[nn.Module] = []
        for width in map(config.scaled, widths):
            layers += convolve(config.dimensions, channels, width, kernel=kernel)
            channels = width
        stages[f"stage{rank + 1}"] = nn.Sequential(*layers, halve(config.dimensions))
    return Staged(stages, features=channels, checkpointing=config.checkpointing)
