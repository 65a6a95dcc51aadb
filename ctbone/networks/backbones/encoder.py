"""What every backbone is: images in, one row of features for each out."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from torch import Tensor, nn

from ctbone.networks.backbones.checkpointing import prepare_checkpointing, run_stage
from ctbone.networks.tasks import Extra


class Encoder(nn.Module):
    """Maps ``(N, C, [D,] H, W)`` to ``(N, features)``; abstract.

    Attributes:
        features: Features of an image.
        extras: What ``encode`` gives beside the features.
    """

    features: int
    extras: tuple[Extra, ...] = ()

    def encode(self, inputs: Tensor) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Return features ``(N, features)``, and extras by name."""
        return self(inputs), {}


class Staged(Encoder):
    """Stages one after another, then the mean over space.

    Args:
        stages: By name, in order; each maps feature maps to feature maps.
        features: Channels of the last.
        checkpointing: Keep only what passes between stages, and compute the rest again for the
            gradient.
    """

    def __init__(
        self, stages: OrderedDict[str, nn.Module], *, features: int, checkpointing: bool
    ) -> None:
        super().__init__()
        self.stages = nn.Sequential(stages)
        self.features = features
        self._checkpointing = checkpointing
        if checkpointing:
            prepare_checkpointing()

    def maps(self, inputs: Tensor) -> dict[str, Tensor]:
        """Return the feature maps after each stage, by its name."""
        found: dict[str, Tensor] = {}
        for name, stage in self.stages.named_children():
            inputs = run_stage(stage, inputs, checkpointing=self._checkpointing)
            found[name] = inputs
        return found

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, [D,] H, W)`` to ``(N, features)``."""
        for stage in self.stages:
            inputs = run_stage(stage, inputs, checkpointing=self._checkpointing)
        return mean_over_space(inputs)


def mean_over_space(maps: Tensor) -> Tensor:
    """Map ``(N, F, [D,] H, W)`` to ``(N, F)``.

    A plain mean and no adaptive pooling, whose gradient on a GPU depends on the order of sums.
    """
    return maps.flatten(2).mean(dim=2)


def named_parts(network: Any, *names: str) -> OrderedDict[str, nn.Module]:  # noqa: ANN401
    """Return parts of a network that is not typed, by name and in this order."""
    return OrderedDict((name, getattr(network, name)) for name in names)
