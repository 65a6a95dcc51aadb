"""Backbones by name: images ``(N, C, [D,] H, W)`` in, features ``(N, F)`` out.

DenseNets and ResNets are MONAI's. The others stand for systems that the literature describes, as
far as it does; each says in its docstring what is known of it and what is inferred.
"""

from __future__ import annotations

from ctbone.networks.backbones.configuration import (
    PLANAR,
    PRETRAINABLE,
    Backbone,
    BackboneConfig,
    least_side,
)
from ctbone.networks.backbones.deepmdqct import DeepmdQCT
from ctbone.networks.backbones.densenet import DENSENETS, build_bmdc, build_densenet
from ctbone.networks.backbones.encoder import Encoder
from ctbone.networks.backbones.joint import Joint
from ctbone.networks.backbones.plain import DualBlock, build_cnn, build_vgg16
from ctbone.networks.backbones.resnet import RESNETS, build_resnet
from ctbone.networks.backbones.vit_cnn import ViTCNN

__all__ = [
    "PLANAR",
    "PRETRAINABLE",
    "Backbone",
    "BackboneConfig",
    "Encoder",
    "build_backbone",
    "least_side",
]

_OTHERS = {
    "vgg16": build_vgg16,
    "cnn": build_cnn,
    "dual_block": DualBlock,
    "vit_cnn": ViTCNN,
    "bmdc": build_bmdc,
    "joint": Joint,
    "deepmdqct": DeepmdQCT,
}


def build_backbone(name: Backbone, config: BackboneConfig) -> Encoder:
    """Build a backbone with fresh weights, drawn from torch's global generator."""
    if name in DENSENETS:
        return build_densenet(DENSENETS[name], config)
    if name in RESNETS:
        return build_resnet(name, config)
    return _OTHERS[name](config)
