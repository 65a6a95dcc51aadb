"""Which backbones there are, and what each needs to be built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Backbone = Literal[
    "densenet121",
    "densenet169",
    "densenet201",
    "densenet264",
    "resnet10",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "vgg16",
    "cnn",
    "dual_block",
    "vit_cnn",
    "bmdc",
    "joint",
    "deepmdqct",
]

#: Those that take two spatial dimensions only.
PLANAR: frozenset[Backbone] = frozenset(("vit_cnn",))

#: Backbones for which torchvision publishes ImageNet weights.
PRETRAINABLE: frozenset[Backbone] = frozenset(
    (
        "densenet121",
        "densenet169",
        "densenet201",
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet101",
        "resnet152",
        "vgg16",
    )
)

#: Pixels along a side below which a backbone has nothing left to pool: DenseNets and VGG-16 halve
#: five times, some of it rounded up; the rest at most four times or always rounded up.
_LEAST_SIDES: dict[str, int] = {
    "densenet": 29,
    "vgg16": 32,
    "bmdc": 13,
    "cnn": 16,
    "dual_block": 16,
}


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """What a backbone is built from.

    Attributes:
        dimensions: Spatial dimensions of its input.
        in_channels: Channels of its input.
        width: Multiple of the published number of channels in every layer.
        checkpointing: Compute each stage twice instead of keeping what it needs for the gradient.
    """

    dimensions: Literal[2, 3]
    in_channels: int
    width: float = 1.0
    checkpointing: bool = False

    def scaled(self, channels: int) -> int:
        """Return a published number of channels at this width."""
        return max(1, round(channels * self.width))


def least_side(backbone: Backbone) -> int:
    """Return the fewest pixels along a side that a backbone takes."""
    return _LEAST_SIDES.get("densenet" if backbone.startswith("densenet") else backbone, 1)
