"""Classification and regression heads: DenseNet and ResNet in two and three dimensions.

One input contract, ``(N, C, H, W)`` or ``(N, C, D, H, W)`` float tensors, and one output contract:

* ``task="bmd"``: ``(N, 2)``, the mean in mg/cm3 and the logarithm of its variance in (mg/cm3)^2;
* ``task="category"``: ``(N, 3)``, logits of normal, osteopenia and osteoporosis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import torch
from torch import Tensor, nn

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
]

#: Layers in each dense block, initial features and growth rate (Huang et al., CVPR 2017, table 1;
#: DenseNet-264 as in MONAI, which has no DenseNet-264 of the paper's ImageNet growth rate of 48).
_DENSENETS: dict[str, tuple[int, int, int, int]] = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
    "densenet264": (6, 12, 64, 48),
}

#: Block and layers in each stage (He et al., CVPR 2016, table 1; ResNet-10 as in MONAI).
_RESNETS: dict[str, tuple[str, list[int]]] = {
    "resnet10": ("basic", [1, 1, 1, 1]),
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
    "resnet101": ("bottleneck", [3, 4, 23, 3]),
    "resnet152": ("bottleneck", [3, 8, 36, 3]),
}

#: Least standard deviation that a head can claim, in units of the cohort's spread: about 2 mg/cm3,
#: the precision of the reference itself (RMS-SD of asynchronous QCT 0.5 to 0.9, accuracy 1.4 to
#: 6.7 %; Wang, Sci Rep 2017). Without it one lucky batch makes the likelihood explode.
_LEAST_SD = 0.05

#: Greatest log-variance in those units, so that one wild patch cannot overflow.
_MOST_LOG_VARIANCE = 6.0

_OUTPUTS = {"bmd": 2, "category": 3}


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """Which network, and what it gives."""

    backbone: Backbone = "densenet121"
    """One of the DenseNets and ResNets."""
    dimensions: Literal[2, 3] = 3
    """Spatial dimensions of its input."""
    in_channels: int = 1
    """Channels of its input."""
    task: Literal["bmd", "category"] = "bmd"
    """Density with its uncertainty, or one of three categories."""
    dropout: float = 0.0
    """Share of features dropped before the last layer while training."""
    width: float = 1.0
    """Multiple of the published number of channels in every layer."""

    def __post_init__(self) -> None:
        if self.in_channels < 1:
            raise ValueError(f"in_channels must be positive, got {self.in_channels}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), got {self.dropout}")
        if not 0.125 <= self.width <= 4.0:
            raise ValueError(f"width must lie in [0.125, 4], got {self.width}")


class DensityHead(nn.Module):
    """Turn standardised outputs into mg/cm3; the scale travels with the weights.

    Args:
        backbone: Gives ``(N, 2)``, mean and log-variance in units of the cohort's spread.
    """

    centre_mg_cm3: Tensor
    scale_mg_cm3: Tensor

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("centre_mg_cm3", torch.tensor(0.0))
        self.register_buffer("scale_mg_cm3", torch.tensor(1.0))

    def set_scale(self, *, centre_mg_cm3: float, scale_mg_cm3: float) -> None:
        """Set mean and standard deviation of the density in the training cohort.

        Raises:
            ValueError: If the scale is not positive.
        """
        if not scale_mg_cm3 > 0.0:
            raise ValueError(f"scale_mg_cm3 must be positive, got {scale_mg_cm3}")
        self.centre_mg_cm3.fill_(centre_mg_cm3)
        self.scale_mg_cm3.fill_(scale_mg_cm3)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, [D,] H, W)`` to ``(N, 2)``: mean, mg/cm3, and log-variance."""
        mean, log_variance = self.backbone(inputs).float().unbind(dim=1)
        # Never in bfloat16, whose three digits are too few for a density.
        mean = self.centre_mg_cm3 + self.scale_mg_cm3 * mean
        least = torch.full_like(log_variance, 2.0 * math.log(_LEAST_SD))
        log_variance = torch.logaddexp(log_variance.clamp(max=_MOST_LOG_VARIANCE), least)
        log_variance = log_variance + 2.0 * self.scale_mg_cm3.log()
        return torch.stack((mean, log_variance), dim=1)


def build_head(config: HeadConfig) -> nn.Module:
    """Build a head with fresh weights, drawn from torch's global generator."""
    family = "densenet" if config.backbone in _DENSENETS else "resnet"
    network = _densenet(config) if family == "densenet" else _resnet(config)
    match config.task:
        case "bmd":
            return DensityHead(network)
        case "category":
            return network
    assert_never(config.task)


def _densenet(config: HeadConfig) -> nn.Module:
    from monai.networks.nets import DenseNet

    network: Any = DenseNet(
        spatial_dims=config.dimensions,
        in_channels=config.in_channels,
        out_channels=_OUTPUTS[config.task],
        init_features=round(64 * config.width),
        growth_rate=round(32 * config.width),
        block_config=_DENSENETS[config.backbone],
    )
    network.class_layers.out = _with_dropout(network.class_layers.out, config.dropout)
    head: nn.Module = network
    return head


def _resnet(config: HeadConfig) -> nn.Module:
    from monai.networks.nets import ResNet

    block, layers = _RESNETS[config.backbone]
    network: Any = ResNet(
        block,
        layers,
        [64, 128, 256, 512],
        spatial_dims=config.dimensions,
        n_input_channels=config.in_channels,
        num_classes=_OUTPUTS[config.task],
        # As in the paper; MONAI leaves the first convolution unstrided, at eight times the cost.
        conv1_t_stride=2,
        widen_factor=config.width,
    )
    network.fc = _with_dropout(network.fc, config.dropout)
    head: nn.Module = network
    return head


def _with_dropout(last: nn.Module, share: float) -> nn.Module:
    return nn.Sequential(nn.Dropout(share), last)
