"""Processes of a fit: which of several this one is, and how others begin that load beside it."""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

#: What processes that load make use of, and what takes seconds to import.
_NEEDED = ["ctbone.training.data", "ctbone.training.heads.data"]


def rank() -> int:
    """Return the number of this process, 0 for the first or the only one."""
    from pytorch_lightning.utilities import rank_zero_only

    # Lightning hangs it on a function, and leaves it ``None`` where nobody asked yet.
    return int(getattr(rank_zero_only, "rank", None) or 0)


def loading_context() -> ForkServerContext:
    """Return how processes begin that load batches; what they do must need no GPU.

    Copies of a process with threads and a GPU can hang, and an interpreter for each would import
    torch and Lightning again: they are copies of one that has imported these and done no more.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(_NEEDED)
    return context
