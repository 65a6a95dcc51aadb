"""The outliner: parts one vertebra, in its own frame, from what lies about it.

Input ``(N, W, L, P, S)``: attenuation about the centre of one body, clipped to each of W windows
and scaled, on the own left, posterior and superior of the vertebra. Output: logits
``(N, 24, L / 2, P / 2, S / 2)``, the voxels of each block of 2x2x2 as channels, which ``unfold``
turns into ``(N, 3, L, P, S)``: the body of this vertebra, its arch, and the bodies of others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ctbone.networks.blocks import BLOCK, fold

#: Channels of the unfolded output.
OWN_BODY, OWN_ARCH, OTHER_BODIES = range(3)
PARTS = 3


@dataclass(frozen=True, kw_only=True)
class OutlinerConfig:
    """Which outliner, and what its input is."""

    spacing_mm: float = 1.25
    """Voxel side of its input, millimetres."""
    shape: tuple[int, int, int] = (64, 64, 48)
    """Voxels of its input along left, posterior and superior."""
    behind_mm: float = 8.0
    """How far behind the centre of the body the middle of its input lies: the arch is there."""
    windows_hu: tuple[tuple[float, float], ...] = ((-160.0, 240.0), (-200.0, 1300.0))
    """Each gives one channel: lower and upper attenuation, mapped to 0 and 1."""
    padding_hu: float = -100.0
    """What stands for tissue outside the field of view: fat, as it is under the skin."""
    features: int = 32
    """Channels of the layers on blocks of 2x2x2 voxels."""
    channels: tuple[int, ...] = (64, 128, 192)
    """Channels of the U-Net at each depth; the first is half as fine as the blocks."""

    def __post_init__(self) -> None:
        if self.spacing_mm <= 0.0:
            raise ValueError(f"spacing_mm must be positive, got {self.spacing_mm}")
        if any(n < 1 or n % self.stride for n in self.shape):
            raise ValueError(f"shape must be multiples of {self.stride}, got {self.shape}")
        if any(upper <= lower for lower, upper in self.windows_hu):
            raise ValueError(f"windows_hu must run from low to high, got {self.windows_hu}")

    @property
    def stride(self) -> int:
        """What every side of the input must be a multiple of, voxels."""
        return BLOCK * int(2 ** (len(self.channels) - 1))


class Outliner(nn.Module):
    """A U-Net on blocks of 2x2x2 voxels that knows where in the crop a block lies.

    Neighbours look alike: what makes a body the one asked for is that it lies in the middle.
    """

    def __init__(self, config: OutlinerConfig) -> None:
        from monai.networks.nets import UNet

        super().__init__()
        features = config.features
        self.stem = _layer(len(config.windows_hu) * BLOCK**3 + 3, features)
        self.trunk = UNet(
            spatial_dims=3,
            in_channels=features,
            out_channels=features,
            channels=config.channels,
            strides=(2,) * (len(config.channels) - 1),
            num_res_units=1,
            norm="batch",
            act=("relu", {"inplace": True}),
        )
        self.join = _layer(2 * features, features)
        self.answers = nn.Conv3d(features, PARTS * BLOCK**3, kernel_size=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, W, L, P, S)`` to the logits of each block."""
        blocks = fold(inputs)
        seen = torch.cat((blocks, _places(blocks)), dim=1)
        fine = self.stem(seen.contiguous(memory_format=torch.channels_last_3d))
        answers: Tensor = self.answers(self.join(torch.cat((self.trunk(fine), fine), dim=1)))
        return answers


def build_outliner(config: OutlinerConfig) -> nn.Module:
    """Build an outliner with fresh weights, drawn from torch's global generator."""
    return Outliner(config)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm3d(outputs),
        nn.ReLU(inplace=True),
    )


def _places(blocks: Tensor) -> Tensor:
    """Return where each block lies, -1 to 1 along each axis, shape ``(N, 3, ...)``."""
    lines = (torch.linspace(-1.0, 1.0, n, device=blocks.device) for n in blocks.shape[2:])
    places = torch.stack(torch.meshgrid(*lines, indexing="ij"))
    return places.to(blocks.dtype).expand(len(blocks), *places.shape)
