"""What the files of a run hold of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


class Content(StrEnum):
    """What a file can hold of a person."""

    PATIENT = "identity_of_the_patient"
    PATHS = "paths_of_the_export"
    KEY = "key_of_the_pseudonyms"
    PSEUDONYM = "pseudonym_of_the_patient"
    SCANNER = "pseudonym_of_the_scanner"
    UIDS = "uids"
    DATES = "dates"
    MONTH = "month_of_the_study"
    AGE_AND_SEX = "age_and_sex"
    IMAGE = "image_of_the_patient"


#: What names somebody to whoever reads it: folders of an export are named for patients.
_NAMING = frozenset({Content.PATIENT, Content.PATHS})

#: Ends of the names of what SQLite puts beside a database while it is open.
_PASSING = ("-journal", "-wal", "-shm")

#: What kinds of files hold, by pattern of their paths below the folder; the first that fits.
Kinds = Mapping[str, Collection[Content]]


def listing(out: Path, kinds: Kinds, *, and_also: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return what the files of a folder hold, kind by kind; those of no known kind come last.

    Args:
        out: The folder.
        kinds: What it can hold.
        and_also: Paths below the folder of files that are about to be written.
    """
    paths = (path for path in out.rglob("*") if path.is_file())
    found = {p.relative_to(out).as_posix() for p in paths if not p.name.endswith(_PASSING)}
    counts = Counter(_kind_of(path, kinds) for path in found | set(and_also))
    rows = [_row(kind, counts[kind], kinds[kind]) for kind in kinds if counts[kind]]
    if counts[""]:
        # Who put them there knows what they hold.
        unknown = {"holds": None, "names_patients": None}
        rows.append({"files": "others", "count": counts[""], **unknown})
    return rows


def _kind_of(path: str, kinds: Kinds) -> str:
    return next((kind for kind in kinds if fnmatch(path, kind)), "")


def _row(kind: str, count: int, contents: Collection[Content]) -> dict[str, Any]:
    return {
        "files": kind,
        "count": count,
        "holds": sorted(contents),
        "names_patients": not _NAMING.isdisjoint(contents),
    }
