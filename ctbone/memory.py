"""Memory that a process has done with, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back_memory() -> None:
    """Return to the system what is free inside the heap, where the C library can (glibc).

    Volumes of many sizes leave holes when they go. Kept, they add up: over 70 studies a process
    grew from 0.7 to 1.2 GB, and stays at 0.7 GB with this; it takes some 50 ms a study.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
