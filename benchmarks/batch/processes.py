"""The processes of a command, as /proc has them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that they did."""
    parents = {
        int(path.name): found
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and (found := _stat(int(path.name)))
    }
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        children = [child for child, (_, of) in parents.items() if of == parent]
        yield from children
        waiting.extend(children)


def workers_of(pid: int) -> Iterator[int]:
    """Yield the workers below a process: each leads a group of its own."""
    for child in descendants(pid):
        with suppress(ProcessLookupError):
            if os.getpgid(child) == child:
                yield child


def parent_of(pid: int) -> int | None:
    """Return the parent of a process; ``None`` where the process has ended."""
    found = _stat(pid)
    return found[1] if found else None


def is_alive(pid: int) -> bool:
    """Return whether a process runs."""
    found = _stat(pid)
    return found is not None and found[0] != "Z"


def _stat(pid: int) -> tuple[str, int] | None:
    """Return state and parent of a process; ``None`` where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program stands in brackets, and can hold anything.
    state, parent = text.rpartition(")")[2].split()[:2]
    return state, int(parent)
