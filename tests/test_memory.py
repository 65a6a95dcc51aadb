"""What a process keeps of memory that it has done with."""

import os
import sys

import pytest

from benchmarks.batch.undisturbed import resident_mb
from ctbone.memory import give_back_memory

#: Each less than what the C library would map, and give back, by itself.
BLOCK_BYTES, BLOCKS = 64_000, 2_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs glibc")
def test_holes_in_the_heap_are_given_back():
    blocks = [b"x" * BLOCK_BYTES for _ in range(BLOCKS)]
    # What stays in between keeps the heap from shrinking at its end.
    kept = blocks[::10]
    pid = [os.getpid()]
    held = resident_mb(pid)
    del blocks
    before = resident_mb(pid)
    give_back_memory()
    after = resident_mb(pid)
    assert len(kept) == BLOCKS // 10
    # Nine of ten blocks: 115 MB, none of which goes by itself.
    assert held - before < 30.0
    assert before - after > 80.0
