"""Samples a second of training heads, beside the same networks in a plain MONAI loop.

    python -m benchmarks.training --threads 2 --out OUT
    python -m benchmarks.training --steps 12 --rounds 2 --backbones resnet18 --out OUT

Both sides train on 64x64x48 patches with their masks and vary every example; a step is counted
from the end of the one before: data, variation, forward, backward, optimiser. Each runs in a fresh
process, in turn, and the medians are over all steps of all rounds. Validation and checkpoints are
left out on both sides. OUT/training.json keeps every step.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.training.examples import draw_patches, write_patches
from benchmarks.training.figures import compare, floor_s, summarise, table

_SIDES = ("ctbone", "peer")


def main() -> None:
    """Run as the module docstring says."""
    options = _parser().parse_args()
    folder = options.out / "patches"
    write_patches(folder, draw_patches(options.patches, seed=1))
    runs: dict[str, dict[str, list[Any]]] = {
        backbone: {side: [] for side in _SIDES} for backbone in options.backbones
    }
    for turn in range(options.rounds):
        for backbone, sides in runs.items():
            for side in _SIDES if turn % 2 == 0 else _SIDES[::-1]:
                sides[side].append(_run(side, backbone, folder, options))
    results = {name: _result(sides, name, folder, options) for name, sides in runs.items()}
    kept = {"results": results, "runs": runs, "options": vars(options)}
    text = json.dumps(kept, indent=1, default=str)
    (options.out / "training.json").write_text(text + "\n", encoding="utf-8")
    gpus = [found["floor"]["gpu"] for found in results.values()]
    print(table(results, gpu=gpus[0]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0, help="processes that load, both sides")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--warm", type=int, default=6, help="first steps that do not count")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patches", type=int, default=48)
    parser.add_argument("--backbones", nargs="+", default=["resnet18", "densenet121"])
    return parser


def _result(
    sides: dict[str, list[Any]], backbone: str, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    size = options.batch_size
    found = {s: summarise(runs, warm=options.warm, batch_size=size) for s, runs in sides.items()}
    floor = _run("floor", backbone, folder, options)
    floor["step_s"] = floor_s(floor, batch_size=size)
    return {**found, "ratio": compare(found["ctbone"], found["peer"]), "floor": floor}


def _run(side: str, backbone: str, folder: Path, options: argparse.Namespace) -> Any:  # noqa: ANN401 - JSON
    names = ("steps", "batch_size", "threads", "workers")
    given = [
        word
        for name in names
        for word in (f"--{name.replace('_', '-')}", str(getattr(options, name)))
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.training.side", side, backbone, str(folder), *given],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{side} of {backbone} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
