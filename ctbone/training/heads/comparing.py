"""One step of a head: a batch of patches, varied, answered and compared with the reference."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ctbone.networks import HasExtras
from ctbone.training.heads.losses import HeadLoss, Parts
from ctbone.training.heads.preparing import HeadExample, PatchBatch, Preparation


class HeadStep:
    """What ``fit`` minimises for a head.

    Args:
        prepare: Turns patches into what the head sees.
        loss: Compares its answers.
    """

    def __init__(self, prepare: Preparation, loss: HeadLoss) -> None:
        self._prepare = prepare
        self._loss = loss

    def __call__(
        self, network: nn.Module, batch: PatchBatch, seed: int | None, /
    ) -> tuple[Tensor, Parts, int]:
        """Return loss, its parts, and the examples of one batch; varied where a seed is given."""
        generator = None
        if seed is not None:
            generator = torch.Generator(batch.hu.device).manual_seed(seed)
        example = self._prepare(batch, generator=generator)
        answers, extras = answers_of(network, example)
        return *self._loss(answers, extras, example), len(batch.targets)


def answers_of(network: nn.Module, example: HeadExample) -> tuple[Tensor, Parts]:
    """Return what a head answers, shape ``(N, K)``, and what else it learns from."""
    inputs = _laid_out(example.inputs, is_bag=example.present is not None)
    if isinstance(network, HasExtras) and network.extras:
        answers, extras = network.with_extras(inputs, example.present)
        return answers, {str(name): extra for name, extra in extras.items()}
    return network(inputs, example.present), {}


def _laid_out(inputs: Tensor, *, is_bag: bool) -> Tensor:
    """Return volumes with their channels last in memory, which is several times as fast."""
    if inputs.ndim != 5 + is_bag:
        return inputs
    if not is_bag:
        return inputs.to(memory_format=torch.channels_last_3d)
    # A view of bags as single volumes keeps the layout, and so does a choice of them.
    volumes = inputs.flatten(0, 1).to(memory_format=torch.channels_last_3d)
    return volumes.reshape(inputs.shape)
