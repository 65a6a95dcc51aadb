"""Tensors in, tensors out: the networks, their configurations and their weights.

Heads take ``(N, C, H, W)`` or ``(N, C, D, H, W)``, or bags of these, and give the columns of their
task; the localiser takes and gives ``(N, C, L, P, S)``; the outliner takes that and gives blocks
of it. Nothing here knows where a tensor came from.
"""

from ctbone.networks.backbones import PRETRAINABLE, Backbone
from ctbone.networks.blocks import channels_last, for_inference
from ctbone.networks.configuration import HeadConfig, Pooling
from ctbone.networks.heads import Head, build_head
from ctbone.networks.localiser import LocaliserConfig, build_localiser
from ctbone.networks.outliner import OutlinerConfig, build_outliner
from ctbone.networks.pretrained import load_pretrained
from ctbone.networks.tasks import (
    COLUMNS,
    OUTPUTS,
    SCALED,
    BinaryTarget,
    Extra,
    HasExtras,
    Task,
)
from ctbone.networks.weights import load_weights, save_weights

__all__ = [
    "COLUMNS",
    "OUTPUTS",
    "PRETRAINABLE",
    "SCALED",
    "Backbone",
    "BinaryTarget",
    "Extra",
    "HasExtras",
    "Head",
    "HeadConfig",
    "LocaliserConfig",
    "OutlinerConfig",
    "Pooling",
    "Task",
    "build_head",
    "build_localiser",
    "build_outliner",
    "channels_last",
    "for_inference",
    "load_pretrained",
    "load_weights",
    "save_weights",
]
