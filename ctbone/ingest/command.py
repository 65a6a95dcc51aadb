"""``ctbone index``: what an export holds, and which series of each study would be read."""

from __future__ import annotations

import csv
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

from ctbone.attempts import Failure, guard
from ctbone.delimited import to_cell
from ctbone.errors import NothingUsable
from ctbone.ingest.catalogue import remember
from ctbone.ingest.findings import SeriesRule
from ctbone.ingest.folders import require_folders
from ctbone.ingest.select import SeriesVerdict, review_series, select_series
from ctbone.ingest.walk import index_export
from ctbone.records import StudyRecord
from ctbone.runs import RunLog
from ctbone.telling import tell

CATALOGUE = "catalogue.sqlite3"


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


def site_key(path: Path | None, *, catalogue: Path) -> bytes:
    """Return the key of the pseudonyms: that of a file, or a random one kept in a catalogue.

    Raises:
        ValueError: If the file is absent or empty.
    """
    if path is None:
        return bytes.fromhex(remember(catalogue, "site_key", secrets.token_hex(32)))
    return _read_key(path)


def require_site_key(path: Path | None) -> None:
    """Check that a key can be read where a file is named, before anything is written.

    Raises:
        ValueError: If the file is absent or empty.
    """
    if path is not None:
        _read_key(path)


def _read_key(path: Path) -> bytes:
    if not path.is_file():
        raise ValueError("the site key must be a file, and is none")
    key = path.read_bytes().strip()
    if not key:
        raise ValueError("the file of the site key is empty")
    return key


def _write(config: IndexConfig, studies: Iterable[StudyRecord]) -> list[StudyRow]:
    """Write studies.csv and series.csv study by study and return the rows of the former."""
    verdict_names = ("study_uid", *(item.name for item in fields(SeriesVerdict)))
    rows = []
    with (
        _table(config.out / "studies.csv", StudyRow._fields) as study_table,
        _table(config.out / "series.csv", verdict_names) as series_table,
    ):
        for study in studies:
            row = _study_row(study, rule=config.series)
            study_table.writerow(row._asdict())
            for verdict in _verdicts(study, rule=config.series):
                series_table.writerow({"study_uid": study.study_uid, **_cells(verdict)})
            rows.append(row)
    return rows


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


def _cells(verdict: SeriesVerdict) -> dict[str, str]:
    return {item.name: to_cell(getattr(verdict, item.name)) for item in fields(verdict)}


@contextmanager
def _table(path: Path, names: Iterable[str]) -> Iterator[csv.DictWriter[str]]:
    """Open a CSV file that is written row by row, with its heading."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names), lineterminator="\n")
        writer.writeheader()
        yield writer


def _show(outcomes: Mapping[str, int], out: Path) -> None:
    from rich.table import Table

    table = Table("outcome", "studies")
    for outcome, count in sorted(outcomes.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(outcome, str(count))
    table.add_section()
    table.add_row("all", str(sum(outcomes.values())))
    tell(table, lines=[f"catalogue and tables are in {out}"])
