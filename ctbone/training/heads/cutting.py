"""From a study of an export to its patches on disk, by one process or by several.

A study goes the way it goes in screening: select, read, locate, assess, ``patches.extract``. What
comes of it is kept under a digest of everything that made it: the files of the study by size and
time of change, the masks or weights that find its vertebrae by content, what a reviewer changed
about it, the thresholds, the grid, and the version of ctbone.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ctbone.anatomy import to_levels
from ctbone.attempts import Failure, guard
from ctbone.densitometry import Acceptance, Correction, load_named, named_path
from ctbone.errors import LocalisationError, WorkersLost
from ctbone.ingest import first_readable, read_volume
from ctbone.localisation import (
    Locator,
    MaskLocator,
    Verdicts,
    locate_reviewed,
    locator_choice,
    open_locator,
    open_review,
    select_accepted,
)
from ctbone.localisation.trust import assess, assessed_levels, choose
from ctbone.patches import VertebraPatch, extract
from ctbone.records import SeriesRecord, StudyRecord
from ctbone.runs import RunLog, config_digest, file_digest
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.kept import require_not_refused, write_patches, write_refusal
from ctbone.version import __version__
from ctbone.volume import CTVolume

#: UID of a study, and where its patches lie or why it has none.
Cut = tuple[str, Path | Failure]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the patches of one study after the other.

    Attributes:
        config: How to cut.
        folder: Where patches are kept.
        log: Knows the weights that find vertebrae.
        locate: Finds them.
        verdicts: What a reviewer said of studies.
        accepts: What may be measured, and how attenuation is corrected.
    """

    config: HeadTraining
    folder: Path
    log: RunLog
    locate: Locator
    verdicts: Verdicts
    accepts: Acceptance

    def __call__(self, study: StudyRecord) -> Cut:
        """Return where the patches of a study lie, cut if they were not, or why it has none."""
        return study.study_uid, guard(partial(_kept, self, study))


def open_cutter(config: HeadTraining, *, folder: Path, log: RunLog) -> Cutter:
    """Make ready what cuts.

    Raises:
        ValueError: If a table, a correction or a review is not sound.
        WeightsMismatch: If weights on disk are not those of their card.
    """
    # Once, and not at each study, where a faulty file would pass for a fault of every one.
    correction = load_named(config.correction, Correction) if config.correction else None
    verdicts = open_review(config.review)
    levels = to_levels(config.levels)
    locate = open_locator(locator_choice(config, images=config.export), levels=levels, log=log)
    accepts = Acceptance(
        domain=config.domain, correction=correction, assumed_phase=config.assume_phase
    )
    return Cutter(config, folder, log, locate, verdicts, accepts)


def cut_all(cutter: Cutter, studies: Iterable[StudyRecord]) -> Iterator[Cut]:
    """Cut studies in their order, by as many processes as the configuration has cutters.

    Raises:
        WorkersLost: If a process that cuts is ended; what was cut is kept.
    """
    count = cutter.config.cutters
    if count == 1:
        yield from map(cutter, studies)
        return
    # Forked copies of a process with threads and a GPU can hang.
    context = multiprocessing.get_context("spawn")
    given = (cutter.config, cutter.folder, cutter.log.device)
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_begin, initargs=(*given, count)
    ) as pool:
        try:
            yield from pool.map(_cut_here, studies)
        except BrokenProcessPool as lost:
            raise WorkersLost(
                f"expected {count} processes to cut patches, one was ended, as the system does "
                "where memory runs out: the same command goes on where it was, with fewer "
                "--head.cutters if need be"
            ) from lost


#: What cuts in a process of its own.
_own: list[Cutter] = []


def _begin(config: HeadTraining, folder: Path, device: str, count: int) -> None:
    _own[:] = [open_cutter(config, folder=folder, log=RunLog("train", None, device=device))]
    # Nothing is imported for it that masks do not need.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // count))


def _cut_here(study: StudyRecord) -> Cut:
    return _own[0](study)


def _kept(cutter: Cutter, study: StudyRecord) -> Path:
    """Return where the patches of a study lie, after cutting them where they do not yet."""
    path = cutter.folder / f"{_digest(study, cutter)}.npz"
    if not path.is_file():
        require_not_refused(path)
        try:
            write_patches(path, _cut(study, cutter))
        except LocalisationError as fault:
            write_refusal(path, fault)
            raise
    return path


def _digest(study: StudyRecord, cutter: Cutter) -> str:
    # Of all its series: one that cannot be read, or was acquired out of the domain, gives way.
    config = cutter.config
    made_by: list[object] = [config.grid, config.levels, config.trust, config.series, __version__]
    made_by += [config.domain]
    if config.correction:
        made_by += [file_digest(named_path(config.correction, Correction)), config.assume_phase]
    faults = [(str(fault.reason), fault.detail) for fault in study.faults]
    contents = [_content(one) for one in study.series]
    return config_digest([contents, faults, _found_by(cutter, study), made_by])


def _content(series: SeriesRecord) -> list[object]:
    # As git's index has it: a file of one size and one time of change is the same file.
    files = sorted({one.path for one in series.slices})
    stats = [(found.st_size, found.st_mtime_ns) for found in (path.stat() for path in files)]
    slices = [(one.sop_instance_uid, one.frame) for one in series.slices]
    return [series.series_uid, slices, stats]


def _found_by(cutter: Cutter, study: StudyRecord) -> object:
    """Return what decides which vertebrae are found in the series of a study, and their names."""
    verdict, found = cutter.verdicts.get(study.study_uid), _located_by(cutter, study)
    # An accepted study is as one without a verdict.
    return [found, verdict.changes] if verdict and verdict.changes else found


def _located_by(cutter: Cutter, study: StudyRecord) -> object:
    locate = cutter.locate
    if not isinstance(locate, MaskLocator):
        return cutter.log.weights
    entries = [locate.entries.get(series.series_uid) for series in study.series]
    return [
        [file_digest(entry.path), sorted(entry.levels.items())] if entry else None
        for entry in (one if one and one.path.is_file() else None for one in entries)
    ]


def _cut(study: StudyRecord, cutter: Cutter) -> tuple[VertebraPatch, ...]:
    config, verdicts = cutter.config, cutter.verdicts
    series, volume = first_readable(
        study,
        select=partial(select_accepted, rule=config.series, verdicts=verdicts),
        read=partial(_read, accepts=cutter.accepts),
    )
    levels = to_levels(config.levels)
    found = locate_reviewed(study.study_uid, volume, cutter.locate, verdicts=verdicts)
    located = assess(volume, found, config=config.trust, levels=assessed_levels(levels))
    chosen = choose(located, levels=levels).vertebrae
    correct = cutter.accepts.correct(series)
    return tuple(correct(extract(volume, vertebra, grid=config.grid)) for vertebra in chosen)


def _read(series: SeriesRecord, *, accepts: Acceptance) -> CTVolume:
    """Read a series that may be measured, as screening does; another may stand in for it."""
    accepts.require(series)
    return read_volume(series)
