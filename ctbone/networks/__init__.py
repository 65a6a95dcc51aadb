"""Tensors in, tensors out: the networks, their configurations and their weights.

Heads take ``(N, C, H, W)`` or ``(N, C, D, H, W)`` and give ``(N, 2)`` or ``(N, 3)``; the localiser
takes and gives ``(N, C, L, P, S)``; the outliner takes that and gives blocks of it. Nothing here
knows where a tensor came from.
"""

from ctbone.networks.blocks import channels_last, for_inference
from ctbone.networks.heads import Backbone, HeadConfig, build_head
from ctbone.networks.localiser import LocaliserConfig, build_localiser
from ctbone.networks.outliner import OutlinerConfig, build_outliner
from ctbone.networks.weights import load_weights, save_weights

__all__ = [
    "Backbone",
    "HeadConfig",
    "LocaliserConfig",
    "OutlinerConfig",
    "build_head",
    "build_localiser",
    "build_outliner",
    "channels_last",
    "for_inference",
    "load_weights",
    "save_weights",
]
