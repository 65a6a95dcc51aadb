"""The one Lightning module: a network, what it minimises, and how it steps."""

from __future__ import annotations

import math
from typing import Any, Protocol

import pytorch_lightning as lightning
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer

from ctbone.training.checkpoints import OPTIONS
from ctbone.training.fitting import FitConfig
from ctbone.training.precision import FloatSmallConvolutions
from ctbone.training.resuming import Options

#: Norm above which a gradient is shortened: a likelihood with its own variance is steep at times.
_LONGEST_GRADIENT = 1.0


class Compare(Protocol):
    """Runs a network on a batch and says how far its answers are from what they should be."""

    def __call__(
        self,
        network: nn.Module,
        batch: Any,  # noqa: ANN401 - each kind of network has its own
        seed: int | None,
        /,
    ) -> tuple[Tensor, dict[str, Tensor], int]:
        """Return the loss, a scalar, named scalars for the log, and how many examples it saw.

        Args:
            network: The network, compiled where that is asked for.
            batch: One batch, on the network's device.
            seed: Of the step, for what is varied while training; ``None`` varies nothing.
        """
        ...


class Fit(lightning.LightningModule):
    """A network, its loss and its optimiser.

    Args:
        network: To fit, with fresh weights.
        compare: Runs the network on a batch and compares what it answers with what it should.
        config: Learning rate and weight decay.
        seed: Where the random numbers of an epoch start.
        options: What the weights hang on, by option; a checkpoint says it.
    """

    def __init__(
        self,
        network: nn.Module,
        compare: Compare,
        config: FitConfig,
        seed: int,
        *,
        options: Options,
    ) -> None:
        super().__init__()
        self.network = network
        if config.compile:
            network.compile()
        self._compare = compare
        self._config = config
        self._seed = seed
        self._options = {name: tuple(value) for name, value in options.items()}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say in a checkpoint what its weights hang on."""
        checkpoint[OPTIONS] = self._options

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:  # noqa: ANN401
        """Start the random numbers of a step anew, so that a resumed run repeats itself."""
        del batch, batch_idx
        torch.manual_seed(self._step_seed)

    def training_step(self, batch: Any) -> Tensor:  # noqa: ANN401 - what ``compare`` takes
        """Return the loss of one batch."""
        return self._step(batch, seed=self._step_seed)

    def validation_step(self, batch: Any) -> Tensor:  # noqa: ANN401 - what ``compare`` takes
        """Return the loss of one batch."""
        return self._step(batch, seed=None)

    @property
    def _step_seed(self) -> int:
        return self._seed * 1_000_003 + self.global_step

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW under one cycle of the learning rate."""
        optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=self._config.learning_rate,
            weight_decay=self._config.weight_decay,
            # One pass over memory instead of a dozen: a seventh of the time on a processor.
            fused=True,
        )
        steps = max(int(self.trainer.estimated_stepping_batches), 1)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: _one_cycle(n, steps))
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Shorten long gradients; Lightning refuses to where an optimiser is fused."""
        del optimizer, gradient_clip_val, gradient_clip_algorithm
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LONGEST_GRADIENT)

    def _step(self, batch: Any, *, seed: int | None) -> Tensor:  # noqa: ANN401
        phase = "validation" if seed is None else "training"
        with FloatSmallConvolutions():
            loss, parts, count = self._compare(self.network, batch, seed)
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"the {phase} loss is {loss.item()} at step {self.global_step}: "
                "fit in precision 32 or with a lower learning rate"
            )
        figures = {f"{phase}_loss": loss.detach()}
        figures |= {f"{phase}_{name}": value.detach() for name, value in parts.items()}
        self.log_dict(
            figures,
            on_step=False,
            on_epoch=True,
            batch_size=count,
            sync_dist=self.trainer.world_size > 1,
        )
        return loss


def _one_cycle(step: int, steps: int) -> float:
    """Return the share of the learning rate: a short rise, then a cosine down to nothing."""
    rise = max(steps // 20, 1)
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1.0 + math.cos(math.pi * min((step - rise) / max(steps - rise, 1), 1.0)))
