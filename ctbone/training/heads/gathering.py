"""From a cohort and an export to the patches that heads are trained on.

A study goes the way it goes in screening: select, read, locate, assess, ``patches.extract``. What
comes of it is kept on disk under a digest of everything that made it: the files of the series by
size and time of change, the masks or weights that find its vertebrae by content, the thresholds,
the grid, and the version of ctbone. A second run starts at once; a changed input is cut anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ctbone import __version__
from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, guard
from ctbone.cohort import CohortRow, read_cohort
from ctbone.densitometry import (
    Correction,
    PatchCorrection,
    correction_of,
    correction_path,
    load_correction,
)
from ctbone.errors import LocalisationError, Reason
from ctbone.ingest import (
    CATALOGUE,
    index_export,
    read_study,
    require_folders,
    require_site_key,
    select_series,
    site_key,
)
from ctbone.localisation import Locator, MaskLocator, open_locator
from ctbone.localisation.trust import assess, assessed_levels, choose
from ctbone.patches import VertebraPatch, extract
from ctbone.records import SeriesRecord, StudyRecord
from ctbone.runs import RunLog, config_digest, file_digest
from ctbone.training.heads.configuration import HeadTraining, locator_choice
from ctbone.training.heads.kept import require_not_refused, write_patches, write_refusal
from ctbone.training.heads.overlap import require_overlap
from ctbone.training.heads.sufficiency import require_teaching
from ctbone.training.heads.targets import teaches


@dataclass(frozen=True, slots=True)
class GatheredStudy:
    """One study whose patches lie on disk.

    Attributes:
        row: Its row of the cohort.
        path: File that ``kept.read_patches`` reads.
    """

    row: CohortRow
    path: Path


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
    # Here and not at each study, where a faulty table would pass for a fault of every one.
    correction = load_correction(correction_path(config.correction)) if config.correction else None
    levels = tuple(VertebralLevel[name] for name in config.levels)
    locate = open_locator(locator_choice(config), levels=levels, log=log)
    counts: Counter[str] = Counter(expected=len(rows))
    gathered: list[GatheredStudy] = []
    unexpected = set[str]()
    absent = dict(rows)
    for study in _studies(config, folder):
        if (row := absent.pop(study.study_uid, None)) is None:
            continue
        path = guard(partial(_kept, study, config, locate, correction, folder=folder, log=log))
        if isinstance(path, Failure):
            counts[path.reason] += 1
            unexpected |= {path.detail} if path.reason is Reason.UNEXPECTED else set()
            continue
        counts["used"] += 1
        gathered.append(GatheredStudy(row, path))
    counts["absent"] = len(absent)
    log.counts |= {str(name): number for name, number in counts.items()}
    log.warnings += sorted(unexpected)
    require_overlap(rows, absent, log)
    return tuple(sorted(gathered, key=lambda one: one.row.study_uid))


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


def _kept(
    study: StudyRecord,
    config: HeadTraining,
    locate: Locator,
    correction: Correction | None,
    *,
    folder: Path,
    log: RunLog,
) -> Path:
    """Return where the patches of a study lie, after cutting them where they do not yet."""
    series = select_series(study, rule=config.series)
    path = folder / f"{_digest(series, config, _found_by(locate, series, log))}.npz"
    if not path.is_file():
        require_not_refused(path)
        try:
            write_patches(path, _cut(study, config, locate, correction))
        except LocalisationError as fault:
            write_refusal(path, fault)
            raise
    return path


def _digest(series: SeriesRecord, config: HeadTraining, locator: object) -> str:
    # As git's index has it: a file of one size and one time of change is the same file.
    files = sorted({one.path for one in series.slices})
    stats = [(found.st_size, found.st_mtime_ns) for found in (path.stat() for path in files)]
    slices = [(one.sop_instance_uid, one.frame) for one in series.slices]
    made_by: list[object] = [config.grid, config.levels, config.trust, config.series, __version__]
    if config.correction:
        made_by += [file_digest(correction_path(config.correction)), config.assume_phase]
    return config_digest([series.series_uid, slices, stats, locator, made_by])


def _found_by(locate: Locator, series: SeriesRecord, log: RunLog) -> object:
    """Return what decides which vertebrae a locator finds in a series."""
    if not isinstance(locate, MaskLocator):
        return log.weights
    entry = locate.entries.get(series.series_uid)
    if entry is None or not entry.path.is_file():
        return None
    return [file_digest(entry.path), sorted(entry.levels.items())]


def _cut(
    study: StudyRecord, config: HeadTraining, locate: Locator, correction: Correction | None
) -> tuple[VertebraPatch, ...]:
    series, volume = read_study(study, rule=config.series)
    levels = tuple(VertebralLevel[name] for name in config.levels)
    located = assess(volume, locate(volume), config=config.trust, levels=assessed_levels(levels))
    chosen = choose(located, levels=levels).vertebrae
    correct = _correct(series, config, correction)
    return tuple(correct(extract(volume, vertebra, grid=config.grid)) for vertebra in chosen)


def _correct(
    series: SeriesRecord, config: HeadTraining, correction: Correction | None
) -> PatchCorrection:
    if correction is None:
        return PatchCorrection()
    return correction_of(series, correction, assumed_phase=config.assume_phase)
