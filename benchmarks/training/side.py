"""One side of the comparison in a process of its own, or the floor of both.

    python -m benchmarks.training.side ctbone densenet121 FOLDER --steps 40 --threads 2

prints JSON: the seconds of every step by part. Memory is set up before the first allocation,
and only as ``ctbone train`` does it for itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from benchmarks.training.peer import PeerPrecision


def main() -> None:
    """Run as the module docstring says."""
    options = parser().parse_args()
    print(json.dumps(_SIDES[options.side](options)))


def parser() -> argparse.ArgumentParser:
    """Return the command line of one side."""
    found = argparse.ArgumentParser(prog="python -m benchmarks.training.side")
    found.add_argument("side", choices=tuple(_SIDES))
    found.add_argument("backbone")
    found.add_argument("folder", type=Path)
    found.add_argument("--steps", type=int, default=40)
    found.add_argument("--batch-size", type=int, default=8)
    found.add_argument("--threads", type=int, default=2)
    found.add_argument("--workers", type=int, default=0)
    return found


def _own(options: argparse.Namespace, precision: Literal["32", "bf16"]) -> list[dict[str, float]]:
    from ctbone.training.fit import prepare_processor
    from ctbone.training.fitting import FitConfig

    config = FitConfig(
        epochs=1,
        batch_size=options.batch_size,
        precision=precision,
        threads=options.threads,
        workers=options.workers,
    )
    prepare_processor(config)
    from benchmarks.training.own import run

    return run(options.backbone, options.folder, steps=options.steps, fit_config=config).steps


def _peer(options: argparse.Namespace, precision: PeerPrecision) -> list[dict[str, float]]:
    import torch

    torch.set_num_threads(options.threads)
    from benchmarks.training.peer import run

    return run(
        options.backbone,
        options.folder,
        steps=options.steps,
        batch_size=options.batch_size,
        workers=options.workers,
        precision=precision,
    ).steps


def _floor(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.training.floor import measure_floor

    return measure_floor(options.backbone, options.folder, threads=options.threads)


#: Both in both precisions: bfloat16 alone is worth more than all else.
_SIDES: dict[str, Callable[[argparse.Namespace], object]] = {
    "ctbone": partial(_own, precision="bf16"),
    "peer": partial(_peer, precision="bf16-mixed"),
    "ctbone_float32": partial(_own, precision="32"),
    "peer_float32": partial(_peer, precision="32-true"),
    "floor": _floor,
}


if __name__ == "__main__":
    main()
