"""From the seconds of steps to what is told of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.training.stopwatch import PARTS

Steps = Sequence[Mapping[str, float]]


def summarise(runs: Sequence[Steps], *, warm: int, batch_size: int) -> dict[str, Any]:
    """Return medians over the steps of several runs, without the first of each.

    Args:
        runs: Seconds of each step by part, and its CPU seconds.
        warm: Steps that do not count.
        batch_size: Examples a step.
    """
    steps = [step for run in runs for step in run[warm:]]
    if not steps:
        raise ValueError(f"expected runs of more than {warm} steps, found none")
    walls = [sum(step.get(part, 0.0) for part in PARTS) for step in steps]
    return {
        "steps": len(steps),
        "step_s": statistics.median(walls),
        "samples_s": batch_size / statistics.median(walls),
        "cpu_s": statistics.median(step["cpu"] for step in steps),
        "parts_s": {part: statistics.median(s.get(part, 0.0) for s in steps) for part in PARTS},
        "data_share": sum(step.get("data", 0.0) for step in steps) / sum(walls),
    }


def ratios(sides: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Return how many times as fast ctbone is in each precision, by clock and CPU seconds."""
    pairs = {"bfloat16": ("ctbone", "peer"), "float32": ("ctbone_float32", "peer_float32")}
    return {
        precision: {
            "wall": sides[peer]["step_s"] / sides[own]["step_s"],
            "cpu": sides[peer]["cpu_s"] / sides[own]["cpu_s"],
        }
        for precision, (own, peer) in pairs.items()
    }


def floor_s(floor: Mapping[str, Any], *, batch_size: int) -> float:
    """Return the least seconds of a step, by arithmetic alone."""
    return float(floor["gflop_example"] * batch_size / floor["gflop_s"])


def table(results: Mapping[str, Mapping[str, Any]], *, gpu: str | None) -> str:
    """Return one line for each network and side, and the ratios and floors below."""
    names = (*PARTS, "step", "CPU", "samples/s")
    lines = [f"{'seconds a step, medians':28}" + "".join(f"{name:>14}" for name in names)]
    notes = []
    for backbone, found in results.items():
        for side in (name for name in found if name not in ("ratios", "floor")):
            one = found[side]
            cells = [*(one["parts_s"][part] for part in PARTS), one["step_s"], one["cpu_s"]]
            shown = "".join(f"{value:14.3f}" for value in cells) + f"{one['samples_s']:14.2f}"
            lines.append(f"{backbone + ', ' + side:28}" + shown)
        floor = found["floor"]
        told = (
            f"in {precision} {ratio['wall']:.2f} times as fast, {ratio['cpu']:.2f} by CPU seconds"
            for precision, ratio in found["ratios"].items()
        )
        notes.append(
            f"{backbone}: {'; '.join(told)}; {floor['gflop_example']:.1f} GFLOP an example at "
            f"{floor['gflop_s']:.0f} GFLOP/s: at least {floor['step_s']:.3f} s a step"
        )
        share = found["ctbone"]["data_share"]
        notes.append(f"  {gpu} waits for data {share:.1%} of the time" if gpu else "  no GPU")
    return "\n".join([*lines, *notes])
