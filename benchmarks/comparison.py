"""What a benchmark finds, as data: how long ctbone took for a task, and how long others took.

Every benchmark of speed has one function that returns comparisons. Its own command prints them
with ``listing``, and ``python -m benchmarks`` makes of them the table of the README.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from typing import Any


class Cannot(Exception):
    """A program is not installed, or does not do what was asked; its words say which."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one program took for a task.

    Attributes:
        program: Its name.
        wall_s: The wall time that counts (best or median, as the benchmark says), seconds; CPU
            time where a benchmark compares that; ``None`` where the program could not do it.
        median_s: Median wall time where ``wall_s`` is the best, seconds.
        cpu_s: CPU time of all its threads and child processes, seconds.
        peak_mb: Largest resident memory, megabytes.
        note: Why there is no time, or what has to be known beside it.
        more: Other numbers by name, for the file that keeps all.
    """

    program: str
    wall_s: float | None = None
    median_s: float | None = None
    cpu_s: float | None = None
    peak_mb: float | None = None
    note: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a program without a time that does not say why."""
        if self.wall_s is None and not self.note:
            raise ValueError(
                f"expected a time of {self.program} or a note why none, found neither"
            )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One task: ctbone, others in the same run, and what nobody can undercut.

    Attributes:
        task: What was done, and to how much.
        own: What ctbone took.
        peers: What others took.
        floor_s: What the floor of the task takes, seconds; ``None`` where it has none.
    """

    task: str
    own: Timing
    peers: tuple[Timing, ...] = ()
    floor_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing."""
        if self.own.wall_s is None:
            raise ValueError(f"{self.task}: {self.own.program} has no time: {self.own.note}")

    def ratio(self, peer: Timing) -> float | None:
        """Return how many times as long as ctbone a peer took; ``None`` where it has no time."""
        if peer.wall_s is None or self.own.wall_s is None:
            return None
        return peer.wall_s / self.own.wall_s

    def times_floor(self) -> float | None:
        """Return how many times as long as the floor ctbone took; ``None`` without a floor."""
        if self.floor_s is None or self.own.wall_s is None:
            return None
        return self.own.wall_s / self.floor_s

    def plain(self) -> dict[str, Any]:
        """Return every number, as JSON holds it."""
        ratios = {peer.program: self.ratio(peer) for peer in self.peers}
        return asdict(self) | {"ratios": ratios, "times_floor": self.times_floor()}


def listing(comparisons: Sequence[Comparison]) -> str:
    """Return aligned text with a line a program: seconds, megabytes, times as long as ctbone."""
    header = ("task", "program", "wall s", "median s", "CPU s", "peak MB", "x ctbone", "x floor")
    lines = [header, *(line for one in comparisons for line in _lines(one))]
    # A note may be longer than any number, and is the last of its line.
    cells = [line if len(line) > 3 else line[:2] for line in lines]
    widths = [max(map(len, column)) for column in zip_longest(*cells, fillvalue="")]
    return "\n".join(_aligned(line, widths) for line in lines)


def _lines(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    floor_s = comparison.floor_s
    if floor_s is not None:
        yield comparison.task, "floor", _number(floor_s), "", "", "", "", "1.0"
    for timing in (comparison.own, *comparison.peers):
        if timing.wall_s is None:
            yield comparison.task, timing.program, timing.note
            continue
        floored = None if floor_s is None else timing.wall_s / floor_s
        yield (
            comparison.task,
            timing.program,
            *map(_number, (timing.wall_s, timing.median_s, timing.cpu_s)),
            "" if timing.peak_mb is None else f"{timing.peak_mb:.0f}",
            _number(comparison.ratio(timing), digits=2),
            _number(floored, digits=1),
        )


def _number(value: float | None, *, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    words, numbers = line[:2], line[2:]
    shown = [word.ljust(width) for word, width in zip(words, widths, strict=False)]
    shown += [number.rjust(width) for number, width in zip(numbers, widths[2:], strict=False)]
    return "  ".join(shown).rstrip()
