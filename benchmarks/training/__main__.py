"""Samples a second of training heads, beside the same networks in a plain MONAI loop.

    python -m benchmarks.training --threads 2 --out OUT
    python -m benchmarks.training --steps 12 --rounds 2 --backbones resnet18 --out OUT

Both sides train in bfloat16 and in float32, on 64x64x48 patches with their masks, and vary every
example; a step is counted from the end of the one before: data, variation, forward, backward,
optimiser. Each runs in a fresh process, in turn, and the medians are over all steps of all rounds.
Validation and checkpoints are left out on both sides. OUT/training.json keeps every step.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.training.figures import table
from benchmarks.training.running import Plan, train


def main() -> None:
    """Run as the module docstring says."""
    given = vars(_parser().parse_args())
    out = given.pop("out")
    results = train(Plan(**given | {"backbones": tuple(given["backbones"])}), out)
    gpus = [found["floor"]["gpu"] for found in results.values()]
    print(table(results, gpu=gpus[0]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=Plan.threads)
    parser.add_argument(
        "--workers", type=int, default=Plan.workers, help="processes that load, both sides"
    )
    parser.add_argument("--batch-size", type=int, default=Plan.batch_size)
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument(
        "--warm", type=int, default=Plan.warm, help="first steps that do not count"
    )
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--patches", type=int, default=Plan.patches)
    parser.add_argument("--backbones", nargs="+", default=Plan.backbones)
    return parser


if __name__ == "__main__":
    main()
