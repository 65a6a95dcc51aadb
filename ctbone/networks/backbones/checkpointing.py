"""Memory for time: a stage computed again for its gradient, instead of kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack
from torch.utils.checkpoint import checkpoint

#: The second run, once it is prepared for a compiler, which knows no contexts of such a run.
_ALONE: list[Callable[[nn.Module, Tensor], Tensor]] = []


def prepare_checkpointing() -> None:
    """Let stages run by themselves in a network that is compiled later.

    For networks that keep only what passes between stages, when they are built, and not for all:
    it imports the compiler, which takes as long as the rest of torch.
    """
    if not _ALONE:
        _ALONE.append(torch.compiler.disable(_run_again))  # type: ignore[no-untyped-call]


def run_stage(stage: nn.Module, inputs: Tensor, *, checkpointing: bool) -> Tensor:
    """Run a stage, keeping only its input where a gradient will be asked for.

    Outputs, gradients and running statistics are those of a plain run.
    """
    if not checkpointing or not torch.is_grad_enabled():
        once: Tensor = stage(inputs)
        return once

    run = _ALONE[0] if _ALONE else _run_again
    return run(stage, inputs)


def _run_again(stage: nn.Module, inputs: Tensor) -> Tensor:
    """Run a stage now and once more for its gradient."""

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _once_more(stage, modes)

    # Gradients are taken in a thread of their own, in which none of them is entered.
    modes = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    outputs: Tensor = checkpoint(stage, inputs, use_reentrant=False, context_fn=contexts)
    return outputs


@contextmanager
def _once_more(stage: nn.Module, modes: Sequence[TorchFunctionMode]) -> Iterator[None]:
    """Run a stage as it was run the first time, under what functions of torch were changed by."""
    with ExitStack() as stack:
        for mode in modes:
            stack.enter_context(mode)
        stack.enter_context(_statistics_kept(stage))
        yield


@contextmanager
def _statistics_kept(stage: nn.Module) -> Iterator[None]:
    """Leave the running statistics of normalisations as they are: they have seen the batch."""
    norms = [m for m in stage.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    kept = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        # Without statistics at all a normalisation would keep other tensors than it did before.
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, momentum, count in kept:
            norm.momentum, norm.num_batches_tracked = momentum, count
