"""From a cohort and an export to the patches that heads are trained on.

Patches are kept on disk (``cutting``): a second run starts at once; a changed input is cut anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ctbone.attempts import Failure
from ctbone.cohort import CohortRow, read_cohort
from ctbone.errors import Reason
from ctbone.ingest import (
    CATALOGUE,
    index_export,
    require_folders,
    require_site_key,
    site_key,
)
from ctbone.interchange import counted_rows
from ctbone.localisation import (
    Verdicts,
    noting,
)
from ctbone.records import StudyRecord
from ctbone.runs import RunLog
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.cutting import cut_all, open_cutter
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
        WorkersLost: If a process that cuts is ended.
    """
    require_folders(config.export, folder)
    rows = {row.study_uid: row for row in _usable(config)}
    require_teaching(tuple(rows.values()), config)
    cutter = open_cutter(config, folder=folder, log=log)
    counts: Counter[str] = Counter(expected=len(rows))
    gathered: list[GatheredStudy] = []
    unexpected = set[str]()
    absent, unnamed = dict(rows), set(cutter.verdicts)
    wanted = (
        study
        for study in noting(_studies(config, folder), unnamed)
        if absent.pop(study.study_uid, None)
    )
    for study_uid, path in cut_all(cutter, wanted):
        if isinstance(path, Failure):
            counts[path.reason] += 1
            unexpected |= {path.detail} if path.reason is Reason.UNEXPECTED else set()
            continue
        counts["used"] += 1
        gathered.append(GatheredStudy(rows[study_uid], path))
    counts["absent"] = len(absent)
    log.counts |= {str(name): number for name, number in counts.items()}
    log.warnings += sorted(unexpected)
    log.warnings += counted_rows(len(cutter.verdicts), idle=_idle(cutter.verdicts, unnamed, rows))
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
