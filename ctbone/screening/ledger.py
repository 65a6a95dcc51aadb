"""The record of a run: which studies are done and what came of each.

One SQLite file, written by the coordinating process alone, one transaction a study. A run that
was killed goes on from it; the CSV files are exports of it and can be made again at any time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ctbone.interchange import (
    OUTCOME_FILES,
    rejection_cells,
    result_cells,
    to_row,
    vertebra_cells,
    write_rows,
)
from ctbone.records import Rejection, ScreeningResult

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS studies (
  sequence INTEGER PRIMARY KEY, study_uid TEXT NOT NULL UNIQUE, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
  sequence INTEGER PRIMARY KEY, file TEXT NOT NULL, study_uid TEXT NOT NULL, cells TEXT NOT NULL);
"""


class Ledger:
    """An open ledger; a context manager.

    Raises:
        ValueError: If the file records a run of another configuration.
    """

    def __init__(self, path: Path, *, config_digest: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = path.name
        self._connection = sqlite3.connect(path)
        self._connection.executescript(_SCHEMA)
        self._check(config_digest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def study_uids(self) -> frozenset[str]:
        """Return the studies that are done."""
        rows = self._connection.execute("SELECT study_uid FROM studies")
        return frozenset(uid for (uid,) in rows)

    def counts(self) -> dict[str, int]:
        """Return how many studies were screened, were rejected, and were rejected why."""
        rows = self._connection.execute("SELECT reason, COUNT(*) FROM studies GROUP BY reason")
        by_reason = {str(reason): int(count) for reason, count in rows}
        screened = by_reason.pop("", 0)
        rejected = sum(by_reason.values())
        return {"screened": screened, "rejected": rejected} | dict(sorted(by_reason.items()))

    def append(self, outcome: ScreeningResult | Rejection) -> None:
        """Record one outcome, whole or not at all.

        Raises:
            ValueError: If the study is in the ledger already.
        """
        reason = outcome.reason.value if isinstance(outcome, Rejection) else ""
        try:
            with self._connection:
                self._connection.execute(
                    "INSERT INTO studies (study_uid, reason) VALUES (?, ?)",
                    (outcome.study_uid, reason),
                )
                self._connection.executemany(
                    "INSERT INTO rows (file, study_uid, cells) VALUES (?, ?, ?)",
                    [(name, outcome.study_uid, _pack(cells)) for name, cells in _rows(outcome)],
                )
        except sqlite3.IntegrityError as error:
            uid = outcome.study_uid
            raise ValueError(f"study {uid} is in {self._name} already") from error

    def export(self, out: Path) -> None:
        """Write results.csv, vertebrae.csv and rejections.csv, in order of study."""
        query = "SELECT cells FROM rows WHERE file = ? ORDER BY study_uid, sequence"
        for name, columns in OUTCOME_FILES.items():
            packed = self._connection.execute(query, (name,))
            write_rows(out / name, columns, (json.loads(cells) for (cells,) in packed))

    def _check(self, digest: str) -> None:
        with self._connection:
            self._connection.execute(
                "INSERT OR IGNORE INTO about VALUES ('config_sha256', ?)", (digest,)
            )
        query = "SELECT value FROM about WHERE name = 'config_sha256'"
        (recorded,) = self._connection.execute(query).fetchone()
        if recorded != digest:
            self._connection.close()
            raise ValueError(
                f"{self._name} records a run of another configuration (digest {recorded[:12]}, "
                f"now {digest[:12]}); give the same configuration again, or another --out"
            )


def _rows(outcome: ScreeningResult | Rejection) -> Iterator[tuple[str, dict[str, object]]]:
    yield "results.csv", result_cells(to_row(outcome))
    if isinstance(outcome, Rejection):
        yield "rejections.csv", rejection_cells(outcome)
    else:
        yield from (("vertebrae.csv", cells) for cells in vertebra_cells(outcome))


def _pack(cells: dict[str, object]) -> str:
    return json.dumps(cells)
