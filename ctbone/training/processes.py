"""Which of several processes that fit together this one is."""

from __future__ import annotations


def rank() -> int:
    """Return the number of this process, 0 for the first or the only one."""
    from pytorch_lightning.utilities import rank_zero_only

    # Lightning hangs it on a function, and leaves it ``None`` where nobody asked yet.
    return int(getattr(rank_zero_only, "rank", None) or 0)
