"""The record of what an archive has stored, so that a run that was cut off goes on.

One SQLite file, one transaction an object. An object counts as sent where the archive said so of
the same content, by its SHA-256, under the same address.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from ctbone.locked import opening
from ctbone.pacs.outgoing import Outgoing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
  destination TEXT NOT NULL, sop_instance_uid TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (destination, sop_instance_uid, sha256)) WITHOUT ROWID;
"""


class SentRecord:
    """An open record, locked against other processes; a context manager.

    Args:
        path: The file, made where there is none.
        destination: The archive.

    Raises:
        ValueError: If the file is in use, or is no record.
    """

    def __init__(self, path: Path, *, destination: str) -> None:
        self._destination = destination
        with opening(path, _SCHEMA, kind="record") as self._connection:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def has(self, item: Outgoing) -> bool:
        """Return whether the archive has an object of this content."""
        query = "SELECT 1 FROM sent WHERE destination = ? AND sop_instance_uid = ? AND sha256 = ?"
        return self._connection.execute(query, self._key(item)).fetchone() is not None

    def add(self, item: Outgoing) -> None:
        """Record that the archive has an object."""
        with self._connection as connection:
            connection.execute("INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", self._key(item))

    def _key(self, item: Outgoing) -> tuple[str, str, str]:
        return self._destination, item.identity.sop_instance_uid, item.digest
