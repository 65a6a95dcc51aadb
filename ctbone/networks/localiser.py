"""The localiser: one pass over a whole coarse volume finds every vertebral body and its level.

Input ``(N, W, L, P, S)``: attenuation clipped to each of W windows and scaled to 0..1, on axes
that run left, posterior and superior, with every side a multiple of ``LocaliserConfig.stride``.
Output: one set of logits for each block of 2x2x2 voxels, ``(N, 8 (2 + M) + K + Q, L / 2, P / 2, S
/ 2)``: the places of a block voxel by voxel, which ``places`` takes out (channel 0 the heat of
body centres, channel 1 the vertebral bodies, the last M the structures about them), and the names
of a block, which ``names`` takes out (K levels that a vertebra or rib may have, Q kinds that it
may be; both mean something there only).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ctbone.anatomy import VertebralLevel, to_levels
from ctbone.networks.blocks import BLOCK, fold, unfold

#: Channel of the heat map of body centres.
HEAT = 0
#: Channel of the map of vertebral bodies.
BODY = 1

#: What a vertebra or a rib is by its own looks, whatever its number. A vertebra of the neck bears
#: no ribs and lies above them, a lumbar one bears none and lies below: a twelfth thoracic vertebra
#: without ribs is lumbar by looks, and a first lumbar one with ribs is ribbed.
VERTEBRA_KINDS = ("neck", "ribbed", "lumbar", "sacral")
KINDS = (*VERTEBRA_KINDS, "first_rib", "rib", "last_rib")

#: Logit of a place before anything is learnt.
_NOTHING = -3.0


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
    channels: tuple[int, ...] = (24, 48, 96, 160, 192)
    """Channels of the U-Net at each depth: the first at the blocks, each other half as fine as the
    one above."""

    def __post_init__(self) -> None:
        if unknown := [name for name in self.levels if name not in VertebralLevel.__members__]:
            raise ValueError(f"levels must be named such as T12, got {', '.join(unknown)}")
        orders = [level.order for level in self.vertebral_levels]
        if orders != sorted(orders) or len(set(orders)) != len(orders):
            raise ValueError(f"levels must be cranio-caudal and distinct, got {self.levels}")
        if len(self.channels) < 2 or min(self.channels) < 1:
            raise ValueError(f"channels must be two or more positive numbers, got {self.channels}")
        if self.spacing_mm <= 0.0:
            raise ValueError(f"spacing_mm must be positive, got {self.spacing_mm}")
        if any(upper <= lower for lower, upper in self.windows_hu):
            raise ValueError(f"windows_hu must run from low to high, got {self.windows_hu}")

    @property
    def vertebral_levels(self) -> tuple[VertebralLevel, ...]:
        """The levels it tells apart."""
        return to_levels(self.levels)

    @property
    def stride(self) -> int:
        """What every side of the input must be a multiple of, voxels."""
        return BLOCK * int(2 ** (len(self.channels) - 2))

    @property
    def place_channels(self) -> int:
        """Channels that ``places`` gives."""
        return 2 + len(self.context)

    @property
    def name_channels(self) -> int:
        """Channels that ``names`` gives."""
        return len(self.levels) + len(KINDS)


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
            strides=(1, *(2,) * (len(config.channels) - 2)),
            num_res_units=1,
            norm="batch",
            act=("relu", {"inplace": True}),
        )
        answers = config.place_channels * BLOCK**3 + config.name_channels
        self.answers = nn.Conv3d(features, answers, kernel_size=1)
        self._expect_nothing(config)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, W, L, P, S)`` to the logits of each block."""
        blocks = fold(inputs).contiguous(memory_format=torch.channels_last_3d)
        answers: Tensor = self.answers(functional.relu_(self.trunk(blocks)))
        return answers

    def _expect_nothing(self, config: LocaliserConfig) -> None:
        """Start from places where there is nothing, as in most of a field, not from doubt."""
        bias = self.answers.bias
        if bias is not None:
            nn.init.constant_(bias[: config.place_channels * BLOCK**3], _NOTHING)


def places(outputs: Tensor, config: LocaliserConfig) -> Tensor:
    """Take the places of every voxel out of an output, logits ``(N, 2 + M, L, P, S)``."""
    return structures(outputs, range(config.place_channels))


def structures(outputs: Tensor, channels: Sequence[int]) -> Tensor:
    """Take some of the channels of ``places`` out of an output, in the order given."""
    size = BLOCK**3
    return unfold(torch.cat([outputs[:, n * size : (n + 1) * size] for n in channels], dim=1))


def names(outputs: Tensor, config: LocaliserConfig) -> tuple[Tensor, Tensor]:
    """Take the names of every block out of an output.

    Returns:
        Logits of the levels, ``(N, K, L / 2, P / 2, S / 2)``, and of the kinds, Q instead of K.
    """
    first = config.place_channels * BLOCK**3
    last = first + len(config.levels)
    return outputs[:, first:last], outputs[:, last:]


def build_localiser(config: LocaliserConfig) -> nn.Module:
    """Build a localiser with fresh weights, drawn from torch's global generator."""
    return Localiser(config)
