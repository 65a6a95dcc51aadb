"""The record of a run: which studies are done and what came of each.

One SQLite file, written by the coordinating process alone, one transaction a study. A run that
was killed goes on from it; the CSV files are exports of it and can be made again at any time.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ctbone.attempts import is_full_disk
from ctbone.durability import sync
from ctbone.errors import Reason
from ctbone.interchange import (
    OUTCOME_FILES,
    line_cells,
    rejection_cells,
    result_cells,
    to_row,
    vertebra_cells,
    write_rows,
)
from ctbone.locked import opening
from ctbone.records import Flag, Rejection, ScreeningResult
from ctbone.runs import tell_changes

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS studies (
  sequence INTEGER PRIMARY KEY, study_uid TEXT NOT NULL UNIQUE, reason TEXT NOT NULL,
  fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
  sequence INTEGER PRIMARY KEY, file TEXT NOT NULL, study_uid TEXT NOT NULL, cells TEXT NOT NULL);
"""

_REMEMBER = "INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)"

#: Begins the name under which the wall time of a session is kept.
_SECONDS = "seconds of session "


class Ledger:
    """An open ledger, locked against other processes; a context manager.

    Args:
        path: The file, made where there is none.
        options: What decides a result, by name: the value as it may be shown, and one by which it
            is compared, as no path may be shown whole.

    Raises:
        ValueError: If the file records a run of another configuration, is in use, or is no ledger.
    """

    def __init__(self, path: Path, *, options: Mapping[str, tuple[str, str]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = path.name
        with opening(path, _SCHEMA, kind="ledger") as self._connection:
            self._check(options)
            self._session = f"{_SECONDS}{len(self._sessions())}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def done(self, *, but: Collection[Reason] = ()) -> dict[str, str]:
        """Return the studies that are done, each with the fingerprint of what was read.

        Args:
            but: Reasons; studies that were rejected for one of them do not count as done.
        """
        found = self._connection.execute("SELECT study_uid, fingerprint, reason FROM studies")
        left_out = {reason.value for reason in but}
        return {uid: digest for uid, digest, reason in found if reason not in left_out}

    def counts(self) -> dict[str, int]:
        """Return how many studies were screened, were rejected, and were rejected why."""
        rows = self._connection.execute("SELECT reason, COUNT(*) FROM studies GROUP BY reason")
        by_reason = {str(reason): int(count) for reason, count in rows}
        screened = by_reason.pop("", 0)
        rejected = sum(by_reason.values())
        return {"screened": screened, "rejected": rejected} | dict(sorted(by_reason.items()))

    def flagged(self, flag: Flag) -> int:
        """Return how many studies carry a flag."""
        query = "SELECT COUNT(*) FROM rows WHERE file = 'results.csv' AND cells LIKE ?"
        (count,) = self._connection.execute(query, (f'%"{flag}"%',)).fetchone()
        return int(count)

    def seconds(self) -> dict[str, float]:
        """Return the wall time by stage, summed over all sessions of the run."""
        total: Counter[str] = Counter()
        for spent in self._sessions():
            total.update(spent)
        return dict(total)

    def spend(self, seconds: Mapping[str, float]) -> None:
        """Record the wall time by stage of this session so far."""
        with self._transaction() as connection:
            connection.execute(_REMEMBER, (self._session, json.dumps(dict(seconds))))

    def append(self, outcome: ScreeningResult | Rejection, *, fingerprint: str = "") -> None:
        """Record one outcome, whole or not at all; an earlier one of the study gives way.

        Raises:
            OSError: If it cannot be written, as where the disk is full.
        """
        uid = outcome.study_uid
        reason = outcome.reason.value if isinstance(outcome, Rejection) else ""
        packed = [(name, uid, json.dumps(cells)) for name, cells in _rows(outcome)]
        with self._transaction() as connection:
            _remove(connection, uid)
            connection.execute(
                "INSERT INTO studies (study_uid, reason, fingerprint) VALUES (?, ?, ?)",
                (uid, reason, fingerprint),
            )
            connection.executemany(
                "INSERT INTO rows (file, study_uid, cells) VALUES (?, ?, ?)", packed
            )

    def forget(self, study_uid: str) -> None:
        """Drop what is known of a study that is screened anew, before anything of it is replaced.

        Raises:
            OSError: If it cannot be written.
        """
        with self._transaction() as connection:
            _remove(connection, study_uid)

    def export(self, out: Path) -> None:
        """Write results.csv, vertebrae.csv and rejections.csv, in order of study.

        And lines.csv, where scans were given lines of their own. They are on disk when this ends.
        """
        query = "SELECT cells FROM rows WHERE file = ? ORDER BY study_uid, sequence"
        for name, columns in OUTCOME_FILES.items():
            packed = self._connection.execute(query, (name,)).fetchall()
            if packed or name != "lines.csv":
                sync(write_rows(out / name, columns, (json.loads(cells) for (cells,) in packed)))
        sync(out)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.OperationalError as error:
            code = errno.ENOSPC if is_full_disk(error) else errno.EIO
            raise OSError(code, f"{os.strerror(code)} ({error})", self._name) from error

    def _sessions(self) -> list[dict[str, float]]:
        query = "SELECT value FROM about WHERE name LIKE ?"
        return [
            json.loads(value) for (value,) in self._connection.execute(query, (f"{_SECONDS}%",))
        ]

    def _check(self, options: Mapping[str, tuple[str, str]]) -> None:
        packed = json.dumps(options, sort_keys=True)
        find = "SELECT value FROM about WHERE name = 'options'"
        (studies,) = self._connection.execute("SELECT COUNT(*) FROM studies").fetchone()
        # A ledger without a study holds nothing that another configuration could mix with.
        if not studies:
            with self._connection as connection:
                connection.execute(_REMEMBER, ("options", packed))
        row = self._connection.execute(find).fetchone()
        if row is None or row[0] != packed:
            self._connection.close()
            changes = tell_changes(json.loads(row[0]), options) if row else "of an earlier version"
            raise ValueError(
                f"{self._name} records a run of another configuration: {changes}; "
                "give the same configuration again, or another --out"
            )


def _remove(connection: sqlite3.Connection, study_uid: str) -> None:
    connection.execute("DELETE FROM studies WHERE study_uid = ?", (study_uid,))
    connection.execute("DELETE FROM rows WHERE study_uid = ?", (study_uid,))


def _rows(outcome: ScreeningResult | Rejection) -> Iterator[tuple[str, dict[str, object]]]:
    yield "results.csv", result_cells(to_row(outcome))
    if isinstance(outcome, Rejection):
        yield "rejections.csv", rejection_cells(outcome)
    yield from (("lines.csv", cells) for cells in line_cells(outcome))
    yield from (("vertebrae.csv", cells) for cells in vertebra_cells(outcome))
