"""Tensors in, tensors out: the networks, their configurations and their weights.

Heads take ``(N, C, H, W)`` or ``(N, C, D, H, W)`` and give ``(N, 2)`` or ``(N, 3)``; the localiser
takes and gives ``(N, C, L, P, S)``. Nothing here knows where a tensor came from.
"""

from ctbone.networks.heads import Backbone, HeadConfig, build_head
from ctbone.networks.localiser import LocaliserConfig, build_localiser
from ctbone.networks.weights import load_weights, save_weights

__all__ = [
    "Backbone",
    "HeadConfig",
    "LocaliserConfig",
    "build_head",
    "build_localiser",
    "load_weights",
    "save_weights",
]
