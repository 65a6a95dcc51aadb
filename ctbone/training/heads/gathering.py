"""From a cohort and an export to the patches that heads are trained on.

A study goes the way it goes in screening: select, read, locate, assess, ``patches.extract``. What
comes of it is kept on disk under a digest of everything that made it: the files of the study by
size and time of change, the masks or weights that find its vertebrae by content, what a reviewer
changed about it, the thresholds, the grid, and the version of ctbone. A second run starts at
once; a changed input is cut anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ctbone.anatomy import to_levels
from ctbone.attempts import Failure, guard
from ctbone.cohort import CohortRow, read_cohort
from ctbone.densitometry import Acceptance, Correction, load_named, named_path
from ctbone.errors import LocalisationError, Reason
from ctbone.ingest import (
    CATALOGUE,
    first_readable,
    index_export,
    read_volume,
    require_folders,
    require_site_key,
    site_key,
)
from ctbone.interchange import counted_rows
from ctbone.localisation import (
    Locator,
    MaskLocator,
    Verdicts,
    locate_reviewed,
    locator_choice,
    noting,
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
from ctbone.training.heads.overlap import require_overlap
from ctbone.training.heads.sufficiency import require_teaching
from ctbone.training.heads.targets import teaches
from ctbone.version import __version__
from ctbone.volume import CTVolume


@dataclass(frozen=True, slots=True)
class GatheredStudy:
    """One study whose patches lie on disk.

    Attributes:
        row: Its row of the cohort.
        path: File that ``kept.read_patches`` reads.
    """

    row: CohortRow
    path: Path


@dataclass(frozen=True, slots=True)
class _Means:
    """What is learnt from: which series, and what finds the vertebrae of them."""

    locate: Locator
    verdicts: Verdicts
    accepts: Acceptance


def gather_studies(
    config: HeadTraining, *, folder: Path, log: RunLog
) -> tuple[GatheredStudy, ...]:
    """Cut the patches of every training and validation study of a cohort.

    A study that yields none is counted in the log under its reason, and passed over; one that the
    export does not hold, too, unless it holds none of a split.

    Args:
        config: The cohort and how to cut.
        folder: Where patches are kept from run to run.
        log: Takes the counts, and says where the localiser runs.

    Returns:
        The studies with patches, by ``study_uid``.

    Raises:
        NothingUsable: If the cohort cannot teach the head, or the export lacks a split.
        ValueError: If the export is no folder or holds ``folder``, a table is not sound, or the
            cohort has more sites than the head tells apart.
    """
    require_folders(config.export, folder)
    rows = {row.study_uid: row for row in _usable(config)}
    require_teaching(tuple(rows.values()), config)
    means = _open(config, log)
    counts: Counter[str] = Counter(expected=len(rows))
    gathered: list[GatheredStudy] = []
    unexpected = set[str]()
    absent, unnamed = dict(rows), set(means.verdicts)
    for study in noting(_studies(config, folder), unnamed):
        if (row := absent.pop(study.study_uid, None)) is None:
            continue
        path = guard(partial(_kept, study, config, means, folder=folder, log=log))
        if isinstance(path, Failure):
            counts[path.reason] += 1
            unexpected |= {path.detail} if path.reason is Reason.UNEXPECTED else set()
            continue
        counts["used"] += 1
        gathered.append(GatheredStudy(row, path))
    counts["absent"] = len(absent)
    log.counts |= {str(name): number for name, number in counts.items()}
    log.warnings += sorted(unexpected)
    log.warnings += counted_rows(len(means.verdicts), idle=_idle(means.verdicts, unnamed, rows))
    require_overlap(rows, absent, log)
    return tuple(sorted(gathered, key=lambda one: one.row.study_uid))


def _idle(verdicts: Verdicts, absent: Collection[str], rows: Collection[str]) -> dict[str, int]:
    """Return how many verdicts teach nothing, by what their studies are."""
    return {
        "not in the export": len(absent),
        "that are not trained on": len(verdicts.keys() - {*absent, *rows}),
    }


def told_counts(cohort: str, log: RunLog) -> str:
    """Say what became of the studies of a cohort, by reason, as ``run.json`` counts them."""
    counts = {name: n for name, n in log.counts.items() if name != "expected" and n}
    told = ", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none"
    return f"{cohort}, of whose {log.counts['expected']} studies run.json counts {told}"


def _usable(config: HeadTraining) -> list[CohortRow]:
    return [
        row
        for row in read_cohort(config.cohort)
        if row.split in ("train", "validation") and teaches(row, config.network.task)
    ]


def _studies(config: HeadTraining, folder: Path) -> Iterator[StudyRecord]:
    catalogue = folder / CATALOGUE
    require_site_key(config.site_key)
    folder.mkdir(parents=True, exist_ok=True)
    key = site_key(config.site_key, catalogue=catalogue)
    return index_export(config.export, key=key, catalogue=catalogue)


def _open(config: HeadTraining, log: RunLog) -> _Means:
    # Once, and not at each study, where a faulty file would pass for a fault of every one.
    correction = load_named(config.correction, Correction) if config.correction else None
    verdicts = open_review(config.review)
    levels = to_levels(config.levels)
    locate = open_locator(locator_choice(config, images=config.export), levels=levels, log=log)
    accepts = Acceptance(
        domain=config.domain, correction=correction, assumed_phase=config.assume_phase
    )
    return _Means(locate, verdicts, accepts)


def _kept(
    study: StudyRecord, config: HeadTraining, means: _Means, *, folder: Path, log: RunLog
) -> Path:
    """Return where the patches of a study lie, after cutting them where they do not yet."""
    path = folder / f"{_digest(study, config, _found_by(means, study, log))}.npz"
    if not path.is_file():
        require_not_refused(path)
        try:
            write_patches(path, _cut(study, config, means))
        except LocalisationError as fault:
            write_refusal(path, fault)
            raise
    return path


def _digest(study: StudyRecord, config: HeadTraining, locator: object) -> str:
    # Of all its series: one that cannot be read, or was acquired out of the domain, gives way.
    made_by: list[object] = [config.grid, config.levels, config.trust, config.series, __version__]
    made_by += [config.domain]
    if config.correction:
        made_by += [file_digest(named_path(config.correction, Correction)), config.assume_phase]
    faults = [(str(fault.reason), fault.detail) for fault in study.faults]
    return config_digest([[_content(one) for one in study.series], faults, locator, made_by])


def _content(series: SeriesRecord) -> list[object]:
    # As git's index has it: a file of one size and one time of change is the same file.
    files = sorted({one.path for one in series.slices})
    stats = [(found.st_size, found.st_mtime_ns) for found in (path.stat() for path in files)]
    slices = [(one.sop_instance_uid, one.frame) for one in series.slices]
    return [series.series_uid, slices, stats]


def _found_by(means: _Means, study: StudyRecord, log: RunLog) -> object:
    """Return what decides which vertebrae are found in the series of a study, and their names."""
    verdict, found = means.verdicts.get(study.study_uid), _located_by(means.locate, study, log)
    # An accepted study is as one without a verdict.
    return [found, verdict.changes] if verdict and verdict.changes else found


def _located_by(locate: Locator, study: StudyRecord, log: RunLog) -> object:
    if not isinstance(locate, MaskLocator):
        return log.weights
    entries = [locate.entries.get(series.series_uid) for series in study.series]
    return [
        [file_digest(entry.path), sorted(entry.levels.items())] if entry else None
        for entry in (one if one and one.path.is_file() else None for one in entries)
    ]


def _cut(study: StudyRecord, config: HeadTraining, means: _Means) -> tuple[VertebraPatch, ...]:
    series, volume = first_readable(
        study,
        select=partial(select_accepted, rule=config.series, verdicts=means.verdicts),
        read=partial(_read, accepts=means.accepts),
    )
    levels = to_levels(config.levels)
    found = locate_reviewed(study.study_uid, volume, means.locate, verdicts=means.verdicts)
    located = assess(volume, found, config=config.trust, levels=assessed_levels(levels))
    chosen = choose(located, levels=levels).vertebrae
    correct = means.accepts.correct(series)
    return tuple(correct(extract(volume, vertebra, grid=config.grid)) for vertebra in chosen)


def _read(series: SeriesRecord, *, accepts: Acceptance) -> CTVolume:
    """Read a series that may be measured, as screening does; another may stand in for it."""
    accepts.require(series)
    return read_volume(series)
