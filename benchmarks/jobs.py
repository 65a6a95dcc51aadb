"""The jobs of the README's table of figures, in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.comparison import Comparison


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every job is told.

    Attributes:
        folder: An empty folder for what it makes.
        is_quick: Whether to run the smallest settings, which show that it works and nothing else.
        threads: Threads of a measurement where it can be told.
        peer_python: Interpreter of an environment that has nnunetv2.
    """

    folder: Path
    is_quick: bool = False
    threads: int = 2
    peer_python: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One command and its rows of the table.

    Attributes:
        name: What ``--only`` calls it.
        rows: What the table calls each of its comparisons, in their order.
        command: What repeats it.
        run: Measures; a function of a module, so that another process finds it.
    """

    name: str
    rows: tuple[str, ...]
    command: str
    run: Callable[[Settings], list[Comparison]]


def _ingest(settings: Settings) -> list[Comparison]:
    from benchmarks.ingest.__main__ import comparisons

    return comparisons(slices=4, repeats=1) if settings.is_quick else comparisons()


def _index_few(settings: Settings) -> list[Comparison]:
    from benchmarks.ingest_tree.__main__ import comparisons

    given = {"series": 1, "repeats": 1} if settings.is_quick else {}
    return comparisons(settings.folder, **given)


def _index_many(settings: Settings) -> list[Comparison]:
    from benchmarks.ingest_tree.__main__ import comparisons

    given = {"series": 2, "repeats": 1} if settings.is_quick else {"series": 1000, "repeats": 2}
    return comparisons(settings.folder, **given)


def _resample(settings: Settings) -> list[Comparison]:
    from benchmarks.resample import comparisons

    return comparisons((128, 128, 100), repeats=1) if settings.is_quick else comparisons()


def _localise(settings: Settings) -> list[Comparison]:
    from benchmarks.localiser.speed import REPEATS, comparisons

    return comparisons(
        settings.folder,
        threads=settings.threads,
        peer=settings.peer_python,
        repeats=1 if settings.is_quick else REPEATS,
    )


def _phantom(settings: Settings) -> list[Comparison]:
    from benchmarks.phantom import comparisons

    if settings.is_quick:
        small = ((32, 32, 32), (6.0, 6.0, 6.0), 1)
        return comparisons(scan=small, training=small)
    return comparisons()


def _training(settings: Settings) -> list[Comparison]:
    from benchmarks.training.running import Plan, comparisons

    plan = Plan(threads=settings.threads)
    if settings.is_quick:
        plan = replace(plan, batch_size=2, steps=2, warm=1, rounds=1, patches=4)
    return comparisons(plan, settings.folder)


def _runtimes(settings: Settings) -> list[Comparison]:
    from benchmarks.runtimes import REPEATS, comparisons

    repeats = 1 if settings.is_quick else REPEATS
    return comparisons(threads=settings.threads, repeats=repeats)


def _pooling(settings: Settings) -> list[Comparison]:
    from benchmarks.pooling import LARGE, comparisons

    return comparisons(sets=(LARGE,), repeats=1) if settings.is_quick else comparisons()


def _screening(settings: Settings) -> list[Comparison]:
    from benchmarks.whole import COARSE, screenings

    if settings.is_quick:
        return screenings(settings.folder, config=COARSE, patients=2, workers=1)
    return screenings(settings.folder)


def _demonstration(settings: Settings) -> list[Comparison]:
    from benchmarks.whole import demonstrations

    return demonstrations(settings.folder, is_installed=settings.is_quick)


JOBS = (
    Job(
        name="ingest",
        rows=(
            "read 300 slices of 512x512, plain",
            "the same, JPEG-LS",
            "the same, JPEG 2000",
        ),
        command="python -m benchmarks.ingest",
        run=_ingest,
    ),
    Job(
        name="index-3000",
        rows=("index 3,000 files",),
        command="python -m benchmarks.ingest_tree",
        run=_index_few,
    ),
    Job(
        name="index-100000",
        rows=("index 100,000 files",),
        command="python -m benchmarks.ingest_tree --series 1000 --repeats 2",
        run=_index_many,
    ),
    Job(
        name="resample",
        rows=(
            "resample a torso to 1.5 mm, anti-aliased but where linear is said",
            "resample it onto a tilted grid, anti-aliased",
        ),
        command="python -m benchmarks.resample",
        run=_resample,
    ),
    Job(
        name="localiser",
        rows=("localise a scan, 512x512x450, already read",),
        command="python -m benchmarks --only localiser --peer-python PATH",
        run=_localise,
    ),
    Job(
        name="phantom",
        rows=(
            "simulate a training volume, 96x96x96 at 4 mm, with labels",
            "simulate a scan, 512x512x300, full physics",
        ),
        command="python -m benchmarks.phantom",
        run=_phantom,
    ),
    Job(
        name="training",
        rows=(
            "a step of training in bfloat16, eight 3D patches, augmentation included: ResNet-18",
            "the same, DenseNet-121",
        ),
        command="python -m benchmarks.training --threads 2 --out out/speed",
        run=_training,
    ),
    Job(
        name="runtimes",
        rows=(
            "run the localiser's network on a torso at 3 mm",
            "run the outliner on 3 vertebrae",
            "run a head on 2 vertebrae: 3D ResNet-18",
            "the same, 3D DenseNet-121",
            "the same, 2D ResNet-18",
            "the same, 2D DenseNet-121",
        ),
        command="python -m benchmarks.runtimes",
        run=_runtimes,
    ),
    Job(
        name="pooling",
        rows=(
            "pool 39 tables, exact model, CPU seconds",
            "leave each of 39 tables out",
            "profile intervals of 39 tables",
            "the whole analysis of 39 tables",
        ),
        command="python -m benchmarks.pooling",
        run=_pooling,
    ),
    Job(
        name="screening",
        rows=(
            "simulate 24 patients of two sites, 29 studies, 6,994 files",
            "screen them, two workers, by the HU line",
        ),
        command="python -m benchmarks --only screening",
        run=_screening,
    ),
    Job(
        name="demo",
        rows=("the demonstration, installation included",),
        command="python -m benchmarks --only demo",
        run=_demonstration,
    ),
)
