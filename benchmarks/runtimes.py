"""The networks of a study on a processor: as ctbone runs them, by ONNX Runtime and by OpenVINO.

    pip install -e '.[peers]'
    python -m benchmarks.runtimes [--threads 2] [--repeats 9]

The localiser on a torso, the outliner on three vertebrae, and heads on two, the outliner and the
localiser with the weights that ship, heads with fresh ones. All take turns; a line has the median
of the seconds and how many times as long as ctbone that is; below stands how far the outputs are
from those of single precision: the largest difference over their standard deviation.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.comparison import Comparison, Timing, listing
from ctbone.localisation import shipped_locator
from ctbone.networks import HeadConfig, build_head

Floats = NDArray[np.float32]
Run = Callable[[], Floats]

#: Voxels of a torso of 480 x 384 x 480 mm at the 3 mm of the localiser.
_TORSO = (160, 128, 160)

#: Vertebrae of a study that are outlined, and that a head reads.
_OUTLINED, _READ = 3, 2

REPEATS = 9

#: Packages that each of the others needs, those that write a network for it included.
_PEERS = {
    "ONNX Runtime": ("onnx", "onnxscript", "onnxruntime"),
    "OpenVINO": ("onnx", "onnxscript", "openvino"),
    "OpenVINO, bfloat16": ("onnx", "onnxscript", "openvino"),
}


@dataclass(frozen=True, eq=False)
class Job:
    """A network and what it is given.

    Attributes:
        name: What it is called.
        network: It, ready to answer.
        inputs: A batch.
        is_half: Whether ctbone runs it in bfloat16.
    """

    name: str
    network: nn.Module
    inputs: Floats
    is_half: bool


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtimes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    found = comparisons(threads=options.threads, repeats=options.repeats)
    print(listing(found))
    print("\nlargest difference from single precision, standard deviations")
    for one in found:
        for timing in (one.own, *one.peers):
            if timing.wall_s is not None:
                print(f"{one.task + ': ' + timing.program:64}{timing.more['apart']:8.4f}")


def comparisons(*, threads: int = 2, repeats: int = REPEATS) -> list[Comparison]:
    """Run the networks of a study in every way that is installed."""
    torch.set_num_threads(threads)
    # It lists what of torchvision it does not find.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    return [compare(job, threads=threads, repeats=repeats) for job in jobs()]


def jobs() -> list[Job]:
    """Return the networks that a study may meet."""
    locator = shipped_locator()
    outliner = locator.outline
    if outliner is None:
        raise RuntimeError("the localiser that ships has no outliner")
    crops = (_OUTLINED, len(outliner.config.windows_hu), *outliner.config.shape)
    found = [
        Job("localiser, a torso at 3 mm", locator.network, _noise((1, 2, *_TORSO)), is_half=True),
        Job("outliner, 3 vertebrae", outliner.network, _noise(crops), is_half=outliner.is_half),
    ]
    for backbone, dimensions, shape in (
        ("resnet18", 3, (64, 64, 48)),
        ("densenet121", 3, (64, 64, 48)),
        ("resnet18", 2, (128, 128)),
        ("densenet121", 2, (128, 128)),
    ):
        torch.manual_seed(0)
        head = build_head(HeadConfig(backbone=backbone, dimensions=dimensions)).eval()
        name = f"{backbone} {dimensions}D, 2 vertebrae of {'x'.join(map(str, shape))}"
        found.append(Job(name, head, _noise((_READ, 1, *shape)), is_half=False))
    return found


def compare(job: Job, *, threads: int, repeats: int) -> Comparison:
    """Run a job by turns in every way that is installed."""
    notes = {name: note for name, needed in _PEERS.items() if (note := _absent(needed))}
    with tempfile.TemporaryDirectory() as folder:
        ways = {"ctbone": by_torch(job, is_half=job.is_half)}
        if len(notes) < len(_PEERS):
            file = to_onnx(job, Path(folder) / "network.onnx")
            made = {name: _way(name, file, job, threads) for name in _PEERS if name not in notes}
            ways |= made
        truth = by_torch(job, is_half=False)()
        apart = {name: _apart(run(), truth) for name, run in ways.items()}
        seconds = _by_turns(ways, repeats)
    own, *others = (
        Timing(program=name, wall_s=s, more={"apart": apart[name]}) for name, s in seconds.items()
    )
    others += [Timing(program=name, note=note) for name, note in notes.items()]
    return Comparison(task=job.name, own=own, peers=tuple(others))


def _absent(needed: Sequence[str]) -> str:
    """Return which packages are not there, in words; nothing where all are."""
    absent = [name for name in needed if find_spec(name) is None]
    if not absent:
        return ""
    return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed"


def _way(name: str, file: Path, job: Job, threads: int) -> Run:
    if name == "ONNX Runtime":
        return by_onnx_runtime(file, job.inputs, threads=threads)
    precision = "bf16" if name.endswith("bfloat16") else "f32"
    return by_openvino(file, job.inputs, threads=threads, precision=precision)


def by_torch(job: Job, *, is_half: bool) -> Run:
    """Return the network as torch runs it."""
    inputs = torch.from_numpy(job.inputs)

    def run() -> Floats:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            return np.asarray(job.network(inputs).float().numpy())

    return run


def to_onnx(job: Job, file: Path) -> Path:
    """Write a network for the other two."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            job.network, (torch.from_numpy(job.inputs),), file, dynamo=True, verbose=False
        )
    return file


def by_onnx_runtime(file: Path, inputs: Floats, *, threads: int) -> Run:
    """Return the network as ONNX Runtime runs it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: np.asarray(session.run(None, {name: inputs})[0])


def by_openvino(file: Path, inputs: Floats, *, threads: int, precision: str) -> Run:
    """Return the network as OpenVINO runs it."""
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision}
    request = openvino.Core().compile_model(file, "CPU", settings).create_infer_request()
    return lambda: np.array(request.infer({0: inputs})[0])


def _noise(shape: tuple[int, ...]) -> Floats:
    return np.random.default_rng(0).uniform(0.0, 1.0, shape).astype(np.float32)


def _apart(found: Floats, truth: Floats) -> float:
    return float(np.abs(found - truth).max() / max(float(truth.std()), 1e-9))


def _by_turns(ways: Mapping[str, Run], repeats: int) -> dict[str, float]:
    """Return the median seconds of each way, all by turns after one round that warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats + 1):
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found[1:]) for name, found in seconds.items()}


if __name__ == "__main__":
    main()
