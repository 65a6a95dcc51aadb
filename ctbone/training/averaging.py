"""A running mean of the weights, which is validated and kept in place of the weights themselves.

The mean of many late steps lies nearer the middle of the valley that they walk about in, so that a
short training gains most (Polyak and Juditsky, SIAM J Control Optim 1992;30:838; recalled).
"""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn

State = dict[str, Tensor]


class WeightMean(Callback):
    """Keeps the mean, shows it to validation, and goes on from it when a run is resumed.

    Args:
        network: Whose parameters and buffers.
        keep: Share of the mean that a step keeps; early steps keep less, so that the fresh weights
            are soon forgotten.
    """

    def __init__(self, network: nn.Module, *, keep: float) -> None:
        self._network = network
        self._keep = keep
        self._steps = 0
        self._mean: State = _copied(network.state_dict())
        self._own: State = {}

    @torch.no_grad()
    def on_train_batch_end(self, *given: object, **options: object) -> None:
        """Take the weights of a step into the mean."""
        del given, options
        self._steps += 1
        keep = min(self._keep, (1.0 + self._steps) / (10.0 + self._steps))
        for name, value in self._network.state_dict().items():
            mean = self._mean[name].to(value.device)
            is_counter = not value.is_floating_point()
            self._mean[name] = value.clone() if is_counter else mean.lerp_(value, 1.0 - keep)

    def on_validation_epoch_start(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Put the mean into the network."""
        del trainer, module
        self._own = _copied(self._network.state_dict())
        self._network.load_state_dict(self._mean)

    def on_validation_epoch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule
    ) -> None:
        """Put the weights back."""
        del trainer, module
        self._network.load_state_dict(self._own)

    def state_dict(self) -> dict[str, Any]:
        """Return what to go on from."""
        return {"steps": self._steps, "mean": self._mean}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a state."""
        self._steps = state_dict["steps"]
        self._mean = _copied(state_dict["mean"])


def _copied(state: State) -> State:
    return {name: value.detach().clone() for name, value in state.items()}
