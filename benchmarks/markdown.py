"""The table of figures as Markdown, and its place in a README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.collecting import Ended
from benchmarks.comparison import Comparison, Timing

#: What the table lies between.
BEGIN, END = "<!-- figures: python -m benchmarks -->", "<!-- /figures -->"

_HEADER = ("job", "ctbone", "others in the same run, times ctbone's", "floor", "command")


def table(ended: Sequence[Ended]) -> str:
    """Return the rows of every job; the command stands in the first row of each."""
    lines = [_HEADER, tuple("---" for _ in _HEADER)]
    lines += [row for one in ended for row in _rows(one)]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def replaced(text: str, fresh: str, *, where: Path) -> str:
    """Return a text with what lies between the marks replaced.

    Args:
        text: All of the file.
        fresh: What is to lie between the marks.
        where: The file, for the message.

    Raises:
        ValueError: If each mark does not stand there once, the beginning first.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in after:
        raise ValueError(f"expected one {BEGIN} and one {END} after it in {where}")
    return f"{before}{BEGIN}\n{fresh}\n{END}{after}"


def seconds(value: float) -> str:
    """Return a time as people say it, with two digits that mean something.

    >>> [seconds(s) for s in (0.00213, 0.0551, 3.94, 12.6, 144.0, 302.4)]
    ['2.1 ms', '0.055 s', '3.9 s', '13 s', '2 min 24 s', '5 min 2 s']
    """
    if value < 0.01:
        return f"{1e3 * value:#.2g} ms".replace(". ", " ")
    if value < 9.95:
        return f"{value:#.2g} s"
    whole = round(value)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def _rows(ended: Ended) -> Iterator[tuple[str, ...]]:
    commands = (f"`{ended.job.command}`", *("" for _ in ended.job.rows))
    if ended.failure:
        failed = f"failed: {ended.failure}"
        for row, command in zip(ended.job.rows, commands, strict=False):
            yield row, failed, "", "", command
        return
    for row, found, command in zip(ended.job.rows, ended.comparisons, commands, strict=False):
        yield row, _own(found.own), _peers(found), _floor(found), command


def _own(timing: Timing) -> str:
    parts = [seconds(timing.wall_s or 0.0)]
    parts += [f"{timing.peak_mb:.0f} MB"] if timing.peak_mb is not None else []
    return ", ".join(parts) + (f"; {timing.note}" if timing.note else "")


def _peers(comparison: Comparison) -> str:
    """Return those that did it from the quickest on, and then those that did not, with reasons."""
    peers = sorted(comparison.peers, key=lambda peer: (peer.wall_s is None, peer.wall_s or 0.0))
    return "; ".join(_peer(peer, comparison.ratio(peer)) for peer in peers)


def _peer(timing: Timing, ratio: float | None) -> str:
    if timing.wall_s is None or ratio is None:
        named = timing.note.lower().startswith(timing.program.lower())
        return timing.note if named else f"{timing.program}: {timing.note}"
    memory = "" if timing.peak_mb is None else f", {timing.peak_mb:.0f} MB"
    beside = f", {timing.note}" if timing.note else ""
    return f"{timing.program} {seconds(timing.wall_s)}{memory} ({_times(ratio)}{beside})"


def _floor(comparison: Comparison) -> str:
    times = comparison.times_floor()
    if times is None or comparison.floor_s is None:
        return ""
    return f"{seconds(comparison.floor_s)} (ctbone {_times(times)})"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} x" if ratio < 99.5 else f"{ratio:.0f} x"


def _plain(cell: str) -> str:
    """Return a cell that cannot end its row."""
    return " ".join(cell.replace("|", "/").split())
