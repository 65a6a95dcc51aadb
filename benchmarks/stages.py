"""Where the time and the memory of screening go, stage by stage, against what nobody can undercut.

    python -m benchmarks.stages --export FOLDER [--studies 40]

Studies of an export are screened in this process, on one core and with one thread, as one of many
workers screens them. A line has the seconds a study of a stage, or of a part of one, its share of
all, the largest resident memory while it lasted, and where there is one its floor:

* decoding: one pass of the codec over each frame that was read (imagecodecs, as ctbone calls it);
* reading apart from it: each file read once, as bytes;
* networks: their operations, at the rate of one large 3D convolution in bfloat16 on this machine.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import imagecodecs
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.training.floor import convolution_rate
from ctbone.attempts import guard
from ctbone.ingest import index_export
from ctbone.localisation import Locator
from ctbone.localisation.naming import maps
from ctbone.localisation.network import NetworkLocator
from ctbone.localisation.outlining import outliner, vertebra_body
from ctbone.localisation.trust import assess
from ctbone.memory import give_back_memory
from ctbone.morphometry import with_morphometry
from ctbone.networks.localiser import Localiser
from ctbone.records import SeriesRecord, StudyRecord
from ctbone.resampling import resample
from ctbone.screening import ScreenConfig
from ctbone.screening.batch import screen_study
from ctbone.screening.opening import open_pipeline
from ctbone.screening.study import Pipeline
from ctbone.screening.taught import as_taught
from ctbone.volume import CTVolume

STUDIES = 40

_P, _T = ParamSpec("_P"), TypeVar("_T")

DECODERS = ("dicomrle_decode", "jpegls_decode", "jpegsof3_decode", "jpeg2k_decode")
NETWORK, OUTLINER = "the localiser's network", "the outliner's network"

#: Parts of the stage that takes most, by the functions that do them.
PARTS: Mapping[str, Any] = {
    "resample to 3 mm": resample,
    NETWORK: Localiser.forward,
    "find the row and its levels": maps.find_candidates,
    "outline all coarsely": vertebra_body,
    OUTLINER: outliner.map_parts,
    "outline some finely": outliner.VertebraOutliner.__call__,
    "measure shapes": with_morphometry,
    "judge whether to trust them": assess,
}
#: A part that holds another, which is told apart.
_WITHIN = {"outline some finely": OUTLINER}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One stage, or a part of one.

    Attributes:
        name: What it does.
        is_part: Whether it is a part of the stage above it.
        seconds: Of all studies.
        floor_s: What nobody can undercut; ``None`` where that has no meaning.
        peak_mb: Largest resident memory while it lasted; ``None`` for parts.
    """

    name: str
    is_part: bool = False
    seconds: float
    floor_s: float | None = None
    peak_mb: float | None = None


@dataclass
class _Watch:
    """Seconds and peaks of stages, as a pipeline enters them; watching is no stage's."""

    seconds: Counter[str] = field(default_factory=Counter)
    peaks_mb: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    stage: str = ""
    began: float = 0.0

    def enter(self, stage: str) -> None:
        self.leave()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.stage, self.began = stage, time.perf_counter()

    def leave(self) -> None:
        if self.stage:
            self.seconds[self.stage] += time.perf_counter() - self.began
            self.peaks_mb[self.stage] = max(self.peaks_mb[self.stage], _peak_mb())
        self.stage = ""


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--studies", type=int, default=STUDIES)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        lines, count = screened(options.export, options.studies, Path(folder))
    print(f"{count} studies, one core\n\n{table(lines, studies=count)}")


def screened(export: Path, studies: int, out: Path) -> tuple[list[Line], int]:
    """Screen the first studies of an export, and return where the time went, and of how many."""
    key = b"the key of a benchmark, which guards nothing"
    (out / "site.key").write_bytes(key)
    asked = ScreenConfig(export=export, out=out / "run", masks=None, site_key=out / "site.key")
    pipeline = open_pipeline(as_taught(asked)[0]).pipeline
    found = list(islice(index_export(export, key=key), studies))
    if not found:
        raise SystemExit(f"expected studies to screen in {export}, found none")
    # What is set up once is no study's.
    _screen(found[:1], pipeline, _Watch())
    watch, profile = _Watch(), cProfile.Profile()
    with decoding() as decoded, _operations_of(pipeline.locate) as operations:
        profile.enable()
        read = _screen(found, pipeline, watch)
        profile.disable()
    parts = _seconds_of_parts(pstats.Stats(profile))
    rate = convolution_rate("cpu")
    floors = {name: sum(counts) / rate for name, counts in operations.items()}
    return list(_lines(watch, parts, decoded, floors, files_s=_files_s(read))), len(found)


def _screen(
    studies: Sequence[StudyRecord], pipeline: Pipeline, watch: _Watch
) -> list[SeriesRecord]:
    """Screen studies, faulty ones too; return the series that were read."""
    read: list[SeriesRecord] = []

    def reading(series: SeriesRecord) -> CTVolume:
        read.append(series)
        return pipeline.read(series)

    watched = replace(pipeline, read=reading)
    for study in studies:
        guard(lambda study=study: screen_study(study, pipeline=watched, enter=watch.enter))
        watch.leave()
        give_back_memory()
    return read


@contextmanager
def decoding() -> Iterator[dict[str, float]]:
    """Count the seconds that each decoder spends, in whatever thread."""
    spent: dict[str, float] = dict.fromkeys(DECODERS, 0.0)

    def timed(name: str, decode: Callable[_P, _T]) -> Callable[_P, _T]:
        def run(*words: _P.args, **options: _P.kwargs) -> _T:
            began = time.thread_time()
            try:
                return decode(*words, **options)
            finally:
                spent[name] += time.thread_time() - began

        return run

    own = {name: getattr(imagecodecs, name) for name in DECODERS}
    for name, decode in own.items():
        setattr(imagecodecs, name, timed(name, decode))
    try:
        yield spent
    finally:
        for name, decode in own.items():
            setattr(imagecodecs, name, decode)


@contextmanager
def _operations_of(locate: Locator) -> Iterator[dict[str, list[float]]]:
    """Count the operations of the two networks of a locator, once a shape of input."""
    if not isinstance(locate, NetworkLocator) or locate.outline is None:
        raise SystemExit("expected the localiser that ships")
    networks = {NETWORK: locate.network, OUTLINER: locate.outline.network}
    shapes: dict[str, list[torch.Size]] = {name: [] for name in networks}
    found: dict[str, list[float]] = {}
    hooks = [
        network.register_forward_pre_hook(
            lambda _, inputs, name=name: shapes[name].append(inputs[0].shape)
        )
        for name, network in networks.items()
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
    for name, network in networks.items():
        costs = {shape: _operations(network, shape) for shape in set(shapes[name])}
        found[name] = [costs[shape] for shape in shapes[name]]


def _operations(network: nn.Module, shape: torch.Size) -> float:
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(shape))
    return float(counter.get_total_flops())


def _seconds_of_parts(stats: pstats.Stats) -> dict[str, float]:
    """Return the seconds of each part, without those of a part within it that is told apart."""
    known: Mapping[Any, Any] = stats.stats  # type: ignore[attr-defined] - typeshed leaves it out
    spent = {}
    for name, work in PARTS.items():
        code = work.__code__
        # What a function took, with all that it called.
        found = known.get((code.co_filename, code.co_firstlineno, code.co_name))
        spent[name] = 0.0 if found is None else found[3]
    return {name: s - spent.get(_WITHIN.get(name, ""), 0.0) for name, s in spent.items()}


def _files_s(read: Sequence[SeriesRecord]) -> float:
    """Return how long it takes to read each file of some series once, as bytes."""
    began = time.perf_counter()
    for path in (path for series in read for path in {item.path for item in series.slices}):
        path.read_bytes()
    return time.perf_counter() - began


def _lines(
    watch: _Watch,
    parts: Mapping[str, float],
    decoded: Mapping[str, float],
    floors: Mapping[str, float],
    *,
    files_s: float,
) -> Iterator[Line]:
    for stage, spent in watch.seconds.items():
        floor_s = None
        if stage == "read":
            # Frames of runs are decoded twice (ctbone.ingest.decode).
            once = sum(decoded.values()) - 0.5 * decoded["dicomrle_decode"]
            floor_s = once + files_s
        yield Line(name=stage, seconds=spent, floor_s=floor_s, peak_mb=watch.peaks_mb[stage])
        if stage == "read":
            yield Line(name="decode", is_part=True, seconds=sum(decoded.values()), floor_s=once)
        if stage == "locate":
            for name, part in parts.items():
                yield Line(name=name, is_part=True, seconds=part, floor_s=floors.get(name))


def table(lines: Sequence[Line], *, studies: int) -> str:
    """Return a Markdown table."""
    whole = sum(line.seconds for line in lines if not line.is_part)
    rows = ["| stage | s a study | share | floor, s | times the floor | peak, MB |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for line in lines:
        cells = (
            f"{'of it: ' * line.is_part}{line.name}",
            f"{line.seconds / studies:.3f}",
            f"{line.seconds / whole:.0%}",
            "" if line.floor_s is None else f"{line.floor_s / studies:.3f}",
            # An export without compressed frames has nothing to decode.
            f"{line.seconds / line.floor_s:.1f}" if line.floor_s else "",
            "" if line.peak_mb is None else f"{line.peak_mb:.0f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([*rows, f"| all | {whole / studies:.3f} | 100% | | | |"])


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return float(line.split()[1]) / 1024.0


if __name__ == "__main__":
    main()
