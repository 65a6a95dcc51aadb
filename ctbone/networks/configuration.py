"""Which head: its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ctbone.networks.backbones import PLANAR, PRETRAINABLE, Backbone
from ctbone.networks.tasks import BinaryTarget, Task

Pooling = Literal["none", "attention"]

#: Channels of attenuation and body mask.
_WITH_BODY = 2


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """Which network, and what it gives."""

    backbone: Backbone = "densenet121"
    """One of the backbones."""
    dimensions: Literal[2, 3] = 3
    """Spatial dimensions of its input."""
    in_channels: int = 1
    """Channels of its input."""
    task: Task = "bmd"
    """What it answers: a density or a T-score with its uncertainty, one of three categories (by
    themselves, or in their order), one side of a cut, or density and category together."""
    positive: BinaryTarget = "osteoporosis"
    """What a binary head calls positive."""
    dropout: float = 0.0
    """Share of features dropped before the last layer while training."""
    width: float = 1.0
    """Multiple of the published number of channels in every layer."""
    pooling: Pooling = "none"
    """Whether an example is one image or a bag of several that attention pools."""
    pretrained: Path | None = None
    """ImageNet weights to start training from, on disk: safetensors, or a state dictionary in
    .pth. Two dimensions and the published width only; nothing is ever fetched."""
    checkpointing: bool = False
    """Less memory for more time: compute each stage again for its gradient."""
    core_voxels: int = 0
    """Depth below the surface of the body, voxels, of the inside whose mean attenuation is a
    feature beside those of the backbone; 0 for no such feature. A head that regresses begins as
    the line of that mean, and learns what to correct in it. Channels are attenuation and body
    mask then."""
    domains: int = 0
    """Domains, such as scanners or doses, that the features shall not tell; 0 for no such aim."""

    def __post_init__(self) -> None:
        self._check_names()
        if self.in_channels < 1:
            raise ValueError(f"in_channels must be positive, got {self.in_channels}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), got {self.dropout}")
        if not 0.125 <= self.width <= 4.0:
            raise ValueError(f"width must lie in [0.125, 4], got {self.width}")
        if self.domains < 0 or self.domains == 1:
            raise ValueError(f"domains must be 0 or at least 2, got {self.domains}")
        self._check_core()
        if self.positive != "osteoporosis" and self.task != "binary":
            raise ValueError(f"positive is for the task binary, the task is {self.task}")
        if self.backbone in PLANAR and self.dimensions != 2:
            raise ValueError(f"{self.backbone} takes 2 dimensions, got {self.dimensions}")
        if self.pretrained is not None:
            self._check_pretrained()

    def _check_names(self) -> None:
        named = {
            "backbone": (self.backbone, Backbone),
            "dimensions": (self.dimensions, Literal[2, 3]),
            "task": (self.task, Task),
            "positive": (self.positive, BinaryTarget),
            "pooling": (self.pooling, Pooling),
        }
        for name, (value, kind) in named.items():
            if value not in get_args(kind):
                raise ValueError(f"{name} must be one of {get_args(kind)}, got {value!r}")

    def _check_core(self) -> None:
        if self.core_voxels < 0 or (self.core_voxels and self.in_channels != _WITH_BODY):
            found = f"{self.core_voxels} with in_channels {self.in_channels}"
            wanted = f"0 or more, and in_channels {_WITH_BODY}, attenuation and body mask"
            raise ValueError(f"core_voxels must be {wanted}, got {found}")

    def _check_pretrained(self) -> None:
        if self.backbone not in PRETRAINABLE:
            raise ValueError(f"pretrained must be None for {self.backbone}: no ImageNet weights")
        if self.dimensions != 2 or self.width != 1.0:
            found = f"{self.dimensions} dimensions and width {self.width}"
            raise ValueError(f"pretrained weights are for 2 dimensions and width 1, got {found}")
