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
from torch.nn import functional

from ctbone.anatomy import VertebralLevel

#: Channel of the heat map of body centres.
HEAT = 0
#: Channel of the map of vertebral bodies.
BODY = 1

#: Voxels along each side of a block that the network folds into channels.
BLOCK = 2


@dataclass(frozen=True, kw_only=True)
class LocaliserConfig:
    """Which localiser, and what its input is."""

    spacing_mm: float = 3.0
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
    context: tuple[str, ...] = ("ribs", "arches", "discs")
    """Bones beside the bodies that it maps too."""
    channels: tuple[int, ...] = (32, 64, 128, 192)
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
        return BLOCK * int(2 ** (len(self.channels) - 1))

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return 2 + len(self.levels) + len(self.context)


class Localiser(nn.Module):
    """A U-Net on blocks of 2x2x2 voxels, whose places come out voxel by voxel again.

    Folding a block into channels keeps every voxel and spares the layers at full resolution, which
    would be most of the time: they move much memory for little arithmetic. A level is the same all
    over a vertebra, so that one answer a block does for it.
    """

    def __init__(self, config: LocaliserConfig) -> None:
        from monai.networks.nets import UNet

        super().__init__()
        windows, features = len(config.windows_hu), config.channels[0]
        self.trunk = UNet(
            spatial_dims=3,
            in_channels=windows * BLOCK**3,
            out_channels=features,
            channels=config.channels,
            strides=(2,) * (len(config.channels) - 1),
            num_res_units=1,
            norm="batch",
            act="relu",
        )
        places = 2 + len(config.context)
        seen = features + windows * BLOCK**3
        self.places = nn.Conv3d(seen, places * BLOCK**3, kernel_size=3, padding=1)
        self.levels = nn.Conv3d(seen, len(config.levels), kernel_size=3, padding=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, W, L, P, S)`` to logits ``(N, 2 + K + M, L, P, S)``."""
        blocks = fold(inputs).contiguous(memory_format=torch.channels_last_3d)
        features = torch.cat((self.trunk(blocks), blocks), dim=1)
        places = unfold(self.places(features))
        levels = functional.interpolate(self.levels(features), scale_factor=BLOCK, mode="nearest")
        return torch.cat((places[:, :2], levels, places[:, 2:]), dim=1)


def fold(voxels: Tensor) -> Tensor:
    """Turn blocks into channels: ``(N, C, L, P, S)`` to ``(N, 8 C, L / 2, P / 2, S / 2)``."""
    n, c, i, j, k = voxels.shape
    b = BLOCK
    blocks = voxels.reshape(n, c, i // b, b, j // b, b, k // b, b)
    return blocks.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(n, c * b**3, i // b, j // b, k // b)


def unfold(blocks: Tensor) -> Tensor:
    """Turn channels into blocks again: the inverse of ``fold``."""
    n, c, i, j, k = blocks.shape
    b = BLOCK
    voxels = blocks.reshape(n, c // b**3, b, b, b, i, j, k)
    return voxels.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(n, c // b**3, i * b, j * b, k * b)


def build_localiser(config: LocaliserConfig) -> nn.Module:
    """Build a localiser with fresh weights, drawn from torch's global generator."""
    return Localiser(config)
