"""ResNets from MONAI."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from torch import nn

from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Staged, named_parts

#: Block and layers in each stage (He et al., CVPR 2016, table 1; ResNet-10 as in MONAI).
RESNETS: dict[str, tuple[str, list[int]]] = {
    "resnet10": ("basic", [1, 1, 1, 1]),
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
    "resnet101": ("bottleneck", [3, 4, 23, 3]),
    "resnet152": ("bottleneck", [3, 8, 36, 3]),
}

#: Channels of each stage before expansion.
STAGE_CHANNELS = (64, 128, 256, 512)


def build_resnet(name: str, config: BackboneConfig) -> Staged:
    """Build a ResNet: stages stem, pool and layer1 to layer4, which halve but for layer1."""
    from monai.networks.nets import ResNet

    block, layers = RESNETS[name]
    network: Any = ResNet(
        block,
        layers,
        [config.scaled(channels) for channels in STAGE_CHANNELS],
        spatial_dims=config.dimensions,
        n_input_channels=config.in_channels,
        # As in the paper; MONAI leaves the first convolution unstrided, at eight times the cost.
        conv1_t_stride=2,
        feed_forward=False,
        # As in the paper: a bias before a normalisation has no effect.
        bias_downsample=False,
    )
    stem = nn.Sequential(named_parts(network, "conv1", "bn1", "act"))
    stages = OrderedDict([("stem", stem), ("pool", network.maxpool)])
    stages |= named_parts(network, "layer1", "layer2", "layer3", "layer4")
    return Staged(stages, features=network.in_planes, checkpointing=config.checkpointing)
