"""SQLite files that one process has for itself: the records that commands go on from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opening(path: Path, schema: str, *, kind: str) -> Iterator[sqlite3.Connection]:
    """Open a file, made where there is none, and lock it; what the block raises closes it again.

    Args:
        path: The file.
        schema: Statements that make its tables where they are not there.
        kind: What it is called.

    Raises:
        ValueError: If the file is in use, or is none of this kind.
    """
    # Without patience: what is locked stays so for the length of a run.
    connection = sqlite3.connect(path, timeout=0.0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # A row is on disk before anything is built on it, however SQLite was built.
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(schema)
        yield connection
    except BaseException as error:
        connection.close()
        if not isinstance(error, sqlite3.DatabaseError):
            raise
        raise ValueError(
            f"{path.name} is in use by another run, or is no {kind}: {error}"
        ) from error
