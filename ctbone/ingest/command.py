"""``ctbone index``: what an export holds, and which series of each study would be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

from ctbone.attempts import Failure, guard
from ctbone.delimited import to_cell, write_rows
from ctbone.errors import NothingUsable
from ctbone.ingest.catalogue import CATALOGUE
from ctbone.ingest.findings import SeriesRule
from ctbone.ingest.folders import require_folders
from ctbone.ingest.keys import require_site_key, site_key
from ctbone.ingest.select import SeriesVerdict, review_series, select_series
from ctbone.ingest.walk import index_export
from ctbone.records import StudyRecord
from ctbone.runs import RunLog
from ctbone.telling import tell


@dataclass(frozen=True, kw_only=True)
class IndexConfig:
    """List what an export holds and which series of each study would be read."""

    export: Path
    """Folder of the PACS export: DICOM or NIfTI files, in any layout."""

    out: Path
    """Folder for catalogue.sqlite3, studies.csv, series.csv and run.json."""

    site_key: Path | None = None
    """File whose bytes are the key of the pseudonyms; without it a random key is made once and
    kept in the catalogue."""

    series: SeriesRule = field(default_factory=SeriesRule)
    """Which series of a study are eligible."""


class StudyRow(NamedTuple):
    """One row of studies.csv.

    Attributes:
        study_uid: StudyInstanceUID, or one derived.
        patient_id: Keyed pseudonym.
        n_series: Series of the study.
        n_slices: Slices of all its series.
        n_faults: Its files that could not be read.
        series_uid: The series that would be read, empty when there is none.
        flags: What that series has to declare, separated by semicolons.
        reason: Why there is none, empty when there is one.
        detail: Everything that speaks against each series.
    """

    study_uid: str
    patient_id: str
    n_series: int
    n_slices: int
    n_faults: int
    series_uid: str
    flags: str
    reason: str
    detail: str


def index(config: IndexConfig) -> None:
    """Write the catalogue of an export and the verdict on every study and series.

    Raises:
        NothingUsable: If the export holds no study.
        ValueError: If the export is no folder or holds ``out``, or the site key is empty.
    """
    require_folders(config.export, config.out)
    require_site_key(config.site_key)
    config.out.mkdir(parents=True, exist_ok=True)
    log = RunLog(command="index", config=config)
    log.begin(config.out, writes=("studies.csv", "series.csv"), reads=(config.site_key,))
    catalogue = config.out / CATALOGUE
    key = site_key(config.site_key, catalogue=catalogue)
    with log.stage("index"):
        rows = _write(config, index_export(config.export, key=key, catalogue=catalogue))
    outcomes = Counter(row.reason or "readable" for row in rows)
    log.counts = {"studies": len(rows), **dict(sorted(outcomes.items()))}
    if not rows:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected at least one imaging study in the export, found none")
    log.write(config.out)
    _show(outcomes, config.out)


def _write(config: IndexConfig, studies: Iterable[StudyRecord]) -> list[StudyRow]:
    """Write series.csv study by study and then studies.csv, and return the rows of the latter."""
    rows: list[StudyRow] = []
    columns = ("study_uid", *(item.name for item in fields(SeriesVerdict)))
    write_rows(config.out / "series.csv", columns, _judged(studies, rows, rule=config.series))
    write_rows(config.out / "studies.csv", StudyRow._fields, (row._asdict() for row in rows))
    return rows


def _judged(
    studies: Iterable[StudyRecord], rows: list[StudyRow], *, rule: SeriesRule
) -> Iterator[Mapping[str, object]]:
    """Yield the cells of each series; the row of each study is put into a list on the way."""
    for study in studies:
        rows.append(_study_row(study, rule=rule))
        for verdict in _verdicts(study, rule=rule):
            yield {"study_uid": study.study_uid, **_cells(verdict)}


def _study_row(study: StudyRecord, *, rule: SeriesRule) -> StudyRow:
    series_uid = flags = reason = detail = ""
    chosen = guard(lambda: select_series(study, rule=rule))
    if isinstance(chosen, Failure):
        reason, detail = chosen.reason.value, chosen.detail
    else:
        series_uid, flags = chosen.series_uid, to_cell(chosen.flags)
    return StudyRow(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        n_series=len(study.series),
        n_slices=sum(len(series.slices) for series in study.series),
        n_faults=len(study.faults),
        series_uid=series_uid,
        flags=flags,
        reason=reason,
        detail=detail,
    )


def _verdicts(study: StudyRecord, *, rule: SeriesRule) -> tuple[SeriesVerdict, ...]:
    """Return the verdicts, none where judging fails: the row of the study says why."""
    found = guard(lambda: review_series(study, rule=rule))
    return () if isinstance(found, Failure) else found


def _cells(verdict: SeriesVerdict) -> dict[str, object]:
    return {item.name: getattr(verdict, item.name) for item in fields(verdict)}


def _show(outcomes: Mapping[str, int], out: Path) -> None:
    from rich.table import Table

    table = Table("outcome", "studies")
    for outcome, count in sorted(outcomes.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(outcome, str(count))
    table.add_section()
    table.add_row("all", str(sum(outcomes.values())))
    tell(table, lines=[f"catalogue and tables are in {out}"])
