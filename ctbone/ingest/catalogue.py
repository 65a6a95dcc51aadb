"""The catalogue of an export: every file by number, in SQLite, written by one process.

Paths can carry names of patients. They stand here and nowhere else; the table ``about`` says so.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from ctbone.attempts import is_full_disk
from ctbone.errors import Reason
from ctbone.records import StudyRecord

_ABOUT = "Identifying: the paths below can carry names of patients. Never ship or show this file."

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
DROP TABLE IF EXISTS files;
DROP TABLE IF EXISTS series;
DROP TABLE IF EXISTS studies;
CREATE TABLE files (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
    detail TEXT NOT NULL, study_uid TEXT, series_uid TEXT
);
CREATE TABLE studies (
    study_uid TEXT PRIMARY KEY, patient_id TEXT NOT NULL, study_date TEXT, n_series INTEGER,
    n_slices INTEGER, n_faults INTEGER
);
CREATE TABLE series (
    study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, modality TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL, n_slices INTEGER
);
"""

#: What the file is called in the folder of a run.
CATALOGUE = "catalogue.sqlite3"

#: Header values of which a catalogue holds what the header says, by name in ``tags.TAGS``.
HEADER_VALUES = frozenset({"study_uid", "series_uid", "study_date", "modality", "sop_class_uid"})

#: Rows that are held back before they are written together.
_BATCH = 2000


class FileStatus(StrEnum):
    """What a file of the export turned out to be."""

    SLICE = "slice"
    OBJECT = "object"
    NOT_DICOM = "not_dicom"
    UNREADABLE = "unreadable"


class FileRow(NamedTuple):
    r"""One file of the export.

    Attributes:
        number: Its number, from 1, in the order of the walk.
        path: Its path below the root of the export; bytes that are not UTF-8 are written as
            ``\xNN`` once the row is in the catalogue.
        status: What it turned out to be.
        reason: Why it could not be read; ``None`` when it could.
        detail: What was expected and what was found.
        study_uid: The study it belongs to, if any.
        series_uid: The series it belongs to, if any.
    """

    number: int
    path: str
    status: FileStatus
    reason: Reason | None
    detail: str
    study_uid: str | None
    series_uid: str | None


@dataclass(slots=True)
class Catalogue:
    """An open catalogue; without a database it takes in rows and keeps nothing.

    Attributes:
        database: The connection, or ``None``.
        waiting: Rows of files not yet written.
    """

    database: sqlite3.Connection | None
    waiting: list[FileRow] = field(default_factory=list)

    def add_file(self, row: FileRow) -> None:
        """Take in the row of one file."""
        if self.database is None:
            return
        # Hardly a path is not ASCII, and there are millions.
        self.waiting.append(row if row.path.isascii() else row._replace(path=_shown(row.path)))
        if len(self.waiting) >= _BATCH:
            self.flush()

    def amend_file(self, number: int, reason: Reason, detail: str) -> None:
        """Mark a file as unreadable that had first looked sound."""
        if self.database is not None:
            self.flush()
            self.database.execute(
                "UPDATE files SET status = ?, reason = ?, detail = ? WHERE number = ?",
                (FileStatus.UNREADABLE.value, reason.value, detail, number),
            )

    def move_files(self, numbers: Iterable[int], study_uid: str) -> None:
        """Give files to another study than the one that was written first."""
        if self.database is not None:
            self.flush()
            self.database.executemany(
                "UPDATE files SET study_uid = ? WHERE number = ?",
                [(study_uid, number) for number in numbers],
            )

    def add_study(self, study: StudyRecord) -> None:
        """Take in a study and its series."""
        if self.database is None:
            return
        slices = [len(s.slices) for s in study.series]
        self.database.execute(
            "INSERT INTO studies VALUES (?, ?, ?, ?, ?, ?)",
            (
                study.study_uid,
                study.patient_id,
                study.study_date.isoformat() if study.study_date else None,
                len(slices),
                sum(slices),
                len(study.faults),
            ),
        )
        self.database.executemany(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?)",
            [
                (study.study_uid, s.series_uid, s.modality, s.sop_class_uid, len(s.slices))
                for s in study.series
            ],
        )

    def flush(self) -> None:
        """Write the rows that wait."""
        if self.database is not None and self.waiting:
            self.database.executemany(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", self.waiting
            )
            self.database.commit()
            self.waiting.clear()


@contextmanager
def open_catalogue(path: Path | None) -> Iterator[Catalogue]:
    """Open a catalogue afresh; what ``about`` says of an earlier run stays.

    Raises:
        ValueError: If the path holds something else, or another run writes to it meanwhile.
    """
    if path is None:
        yield Catalogue(database=None)
        return
    database = _connect(path)
    catalogue = Catalogue(database=database)
    try:
        yield catalogue
        catalogue.flush()
        database.commit()
    except sqlite3.Error as error:
        raise _refusal(path, error) from error
    finally:
        database.close()


def _connect(path: Path) -> sqlite3.Connection:
    database = _opened(path)
    try:
        # The file can be made again: waiting for the disk would double the time of a run.
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(_SCHEMA)
        database.execute("INSERT OR REPLACE INTO about VALUES ('notice', ?)", (_ABOUT,))
        database.commit()
    except sqlite3.Error as error:
        database.close()
        raise _refusal(path, error) from error
    return database


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path)
    except sqlite3.Error as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: sqlite3.Error) -> ValueError | OSError:
    """Return what to say of what SQLite complains of; it cannot tell which of the two it is."""
    if is_full_disk(error):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path.name)
    return ValueError(
        f"another run is using this folder, or {path.name} is damaged; "
        f"expected it to be absent or a catalogue: {error}"
    )


def _shown(path: str) -> str:
    """Return a path as text that can be stored: names on disk are bytes, in any encoding."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def remember(path: Path, name: str, make: str) -> str:
    """Return a value that ``about`` holds, after storing ``make`` where it holds none."""
    with closing(_opened(path)) as database:
        try:
            database.execute(
                "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
            )
            database.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (name, make))
            database.commit()
            find = "SELECT value FROM about WHERE name = ?"
            (value,) = database.execute(find, (name,)).fetchone()
        except sqlite3.Error as error:
            raise _refusal(path, error) from error
    return str(value)
