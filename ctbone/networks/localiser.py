"""The localiser: one pass over a whole coarse volume finds every vertebral body and its level.

Input ``(N, W, L, P, S)``: attenuation clipped to each of W windows and scaled to 0..1, on axes
that run left, posterior and superior, with every side a multiple of ``LocaliserConfig.stride``.
Output ``(N, 2 + K + M, L, P, S)``, all logits: channel 0 the heat of body centres, channel 1 the
vertebral bodies, the next K the level that a voxel of a vertebra or rib belongs to, which mean
something there only, and the last M the bones that vouch for a level from outside the bodies.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ctbone.anatomy import VertebralLevel

#: Channel of the heat map of body centres.
HEAT = 0
#: Channel of the map of vertebral bodies.
BODY = 1


@dataclass(frozen=True, kw_only=True)
class LocaliserConfig:
    """Which localiser, and what its input is."""

    spacing_mm: float = 4.0
    """Voxel side of its input, millimetres."""
    windows_hu: tuple[tuple[float, float], ...] = ((-160.0, 240.0), (-200.0, 1300.0))
    """Each gives one channel: lower and upper attenuation, mapped to 0 and 1."""
    padding_hu: float = -100.0
    """What stands for tissue outside the field of view: fat, as it is under the skin."""
    levels: tuple[str, ...] = (
        "C5", "C6", "C7", *(f"T{n}" for n in range(1, 13)), "T13",
        *(f"L{n}" for n in range(1, 7)), "S1",
    )  # fmt: skip
    """Levels it tells apart, in cranio-caudal order."""
    context: tuple[str, ...] = ("ribs", "arches")
    """Bones beside the bodies that it maps too."""
    channels: tuple[int, ...] = (16, 32, 64, 96, 128)
    """Channels of the U-Net at each depth; each is half as fine as the one above."""

    def __post_init__(self) -> None:
        orders = [level.order for level in self.vertebral_levels]
        if orders != sorted(orders) or len(set(orders)) != len(orders):
            raise ValueError(f"levels must be cranio-caudal and distinct, got {self.levels}")
        if self.spacing_mm <= 0.0:
            raise ValueError(f"spacing_mm must be positive, got {self.spacing_mm}")
        if any(upper <= lower for lower, upper in self.windows_hu):
            raise ValueError(f"windows_hu must run from low to high, got {self.windows_hu}")

    @property
    def vertebral_levels(self) -> tuple[VertebralLevel, ...]:
        """The levels it tells apart."""
        return tuple(VertebralLevel[name] for name in self.levels)

    @property
    def stride(self) -> int:
        """What every side of the input must be a multiple of, voxels."""
        return int(2 ** (len(self.channels) - 1))

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return 2 + len(self.levels) + len(self.context)


class Localiser(nn.Module):
    """A U-Net whose last layer sees the input once more, so that fine edges are not lost."""

    def __init__(self, config: LocaliserConfig) -> None:
        from monai.networks.nets import UNet

        super().__init__()
        windows, features = len(config.windows_hu), config.channels[0]
        self.trunk = UNet(
            spatial_dims=3,
            in_channels=windows,
            out_channels=features,
            channels=config.channels,
            strides=(2,) * (len(config.channels) - 1),
            num_res_units=1,
            norm="batch",
            act="relu",
        )
        self.last = nn.Conv3d(features + windows, config.out_channels, kernel_size=3, padding=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, W, L, P, S)`` to logits ``(N, 2 + K + M, L, P, S)``."""
        return torch.as_tensor(self.last(torch.cat((self.trunk(inputs), inputs), dim=1)))


def build_localiser(config: LocaliserConfig) -> nn.Module:
    """Build a localiser with fresh weights, drawn from torch's global generator."""
    return Localiser(config)
