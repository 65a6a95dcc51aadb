"""Training of ctbone and of its peer by turns, each in fresh processes, and what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison, Timing
from benchmarks.measure import CHECKOUT
from benchmarks.training.examples import draw_patches, write_patches
from benchmarks.training.figures import floor_s, ratios, summarise

_PEER = "MONAI CacheDataset and Lightning, with less augmentation"

#: Every side, and what the table calls it. The first is what the others are compared with.
SIDES = {
    "ctbone": "ctbone, bfloat16",
    "peer": f"{_PEER}, bfloat16",
    "ctbone_float32": "ctbone, float32",
    "peer_float32": f"{_PEER}, float32",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is trained.

    Attributes:
        backbones: Networks.
        threads: Of each side.
        workers: Processes that load, both sides.
        batch_size: Examples a step.
        steps: Steps a round.
        warm: First steps of a round that do not count.
        rounds: Processes a side and network.
        patches: Different examples.
    """

    backbones: tuple[str, ...] = ("resnet18", "densenet121")
    threads: int = 2
    workers: int = 0
    batch_size: int = 8
    steps: int = 24
    warm: int = 4
    rounds: int = 3
    patches: int = 48


def train(plan: Plan, out: Path) -> dict[str, Any]:
    """Train every network on both sides by turns; write OUT/training.json and return results."""
    folder = out / "patches"
    write_patches(folder, draw_patches(plan.patches, seed=1))
    runs: dict[str, dict[str, list[Any]]] = {
        backbone: {side: [] for side in SIDES} for backbone in plan.backbones
    }
    for turn in range(plan.rounds):
        for backbone, sides in runs.items():
            for side in SIDES if turn % 2 == 0 else reversed(SIDES):
                sides[side].append(_run(side, backbone, folder, plan))
    results = {name: _result(sides, name, folder, plan) for name, sides in runs.items()}
    kept = {"results": results, "runs": runs, "options": asdict(plan)}
    (out / "training.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return results


def comparisons(plan: Plan, out: Path) -> list[Comparison]:
    """Train, and return a step of each network."""
    return [
        Comparison(
            task=f"a step of training {backbone}, {plan.batch_size} 3D patches",
            own=_timing("ctbone", found["ctbone"]),
            peers=tuple(_timing(SIDES[s], found[s]) for s in SIDES if s != "ctbone"),
            floor_s=found["floor"]["step_s"],
        )
        for backbone, found in train(plan, out).items()
    ]


def _timing(program: str, found: Mapping[str, Any]) -> Timing:
    more = {name: found[name] for name in ("steps", "samples_s", "parts_s", "data_share")}
    return Timing(program=program, wall_s=found["step_s"], cpu_s=found["cpu_s"], more=more)


def _result(
    sides: dict[str, list[Any]], backbone: str, folder: Path, plan: Plan
) -> dict[str, Any]:
    size = plan.batch_size
    found = {s: summarise(runs, warm=plan.warm, batch_size=size) for s, runs in sides.items()}
    floor = _run("floor", backbone, folder, plan)
    floor["step_s"] = floor_s(floor, batch_size=size)
    return {**found, "ratios": ratios(found), "floor": floor}


def _run(side: str, backbone: str, folder: Path, plan: Plan) -> Any:  # noqa: ANN401 - JSON
    names = ("steps", "batch_size", "threads", "workers")
    given = [
        word
        for name in names
        for word in (f"--{name.replace('_', '-')}", str(getattr(plan, name)))
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.training.side", side, backbone, str(folder), *given],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{side} of {backbone} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
