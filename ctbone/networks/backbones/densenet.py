"""DenseNets from MONAI, and the smaller one of BMDC-Net."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Staged, named_parts

#: Layers in each dense block (Huang et al., CVPR 2017, table 1; DenseNet-264 as in MONAI, which
#: has no DenseNet-264 of the paper's ImageNet growth rate of 48).
DENSENETS: dict[str, tuple[int, int, int, int]] = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
    "densenet264": (6, 12, 64, 48),
}


def build_densenet(blocks: Sequence[int], config: BackboneConfig) -> Staged:
    """Build a DenseNet of 64 first features and a growth rate of 32 (Huang et al., CVPR 2017)."""
    return _build(blocks, first=64, growth=32, config=config)


def build_bmdc(config: BackboneConfig) -> Staged:
    """Build the classifier of BMDC-Net (Tang et al., Osteoporos Int 2021, s00198-020-05673-w).

    Known: a convolutional network that names normal, low bone mass or osteoporosis from one axial
    slice of L1, segmented before; a densely connected one by the review's table.
    Inferred: everything else. Three dense blocks of four layers, 32 first features and a growth
    rate of 16, as few as 150 patients of one slice each can feed.
    """
    return _build((4, 4, 4), first=32, growth=16, config=config)


def _build(blocks: Sequence[int], *, first: int, growth: int, config: BackboneConfig) -> Staged:
    from monai.networks.nets import DenseNet

    network: Any = DenseNet(
        spatial_dims=config.dimensions,
        in_channels=config.in_channels,
        out_channels=1,
        init_features=config.scaled(first),
        growth_rate=config.scaled(growth),
        block_config=tuple(blocks),
    )
    stages = _stages(network.features)
    return Staged(
        stages, features=network.features.norm5.num_features, checkpointing=config.checkpointing
    )


def _stages(parts: nn.Sequential) -> OrderedDict[str, nn.Module]:
    """Gather stem and end, and leave dense blocks and transitions by their names."""
    stem = ("conv0", "norm0", "relu0", "pool0")
    between = [name for name, _ in parts.named_children() if name not in (*stem, "norm5")]
    end = OrderedDict(norm5=named_parts(parts, "norm5")["norm5"], relu5=nn.ReLU(inplace=True))
    return OrderedDict(
        [
            ("stem", nn.Sequential(named_parts(parts, *stem))),
            *named_parts(parts, *between).items(),
            ("end", nn.Sequential(end)),
        ]
    )
