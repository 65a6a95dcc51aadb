"""What must hold of a run on damaged studies; other eyes than those of ctbone look too."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pydicom import dcmread

from benchmarks.hostile_studies.export import Export
from benchmarks.hostile_studies.studies import MARK

#: Reasons that lie in ctbone or in the machine, not in a study.
FAULTS = frozenset({"unexpected", "worker_lost", "time_limit", "out_of_memory"})

#: The one file that holds paths, and says so.
_CATALOGUE = "catalogue.sqlite3"

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")

#: How far values of one study may lie apart that is stored in several ways, HU.
_TOLERANCE_HU = 0.01


def faults(export: Export, out: Path, said: str) -> list[str]:
    """Return what is wrong with a run, in sentences; empty where nothing is.

    Args:
        export: What it screened.
        out: What it left.
        said: What it printed.
    """
    rows = results(out)
    return [
        *_uncounted(rows, out),
        *_lost_studies(export, rows, out),
        *_lost_files(export, out),
        *_mistakes(rows, said),
        *_named(out, said),
        *_control(rows, out),
    ]


def results(out: Path) -> list[dict[str, str]]:
    """Return the rows of results.csv."""
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _uncounted(rows: list[dict[str, str]], out: Path) -> Iterator[str]:
    counts = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]
    uids = {row["study_uid"] for row in rows}
    sums = {len(rows), len(uids), counts["found"], counts["screened"] + counts["rejected"]}
    if len(sums) > 1:
        yield f"{len(rows)} rows of {len(uids)} studies, and run.json counts {counts}"


def _lost_studies(export: Export, rows: list[dict[str, str]], out: Path) -> Iterator[str]:
    """Yield the files whose study pydicom can tell, and results.csv lacks.

    A UID that several patients claim stands in no result: each has a study of its own.
    """
    found = {row["study_uid"] for row in rows}
    listed = _catalogued(out)
    for path, study in listed.items():
        if study and study not in found:
            yield f"{path}: study {study} of the catalogue is not among the results"
    told = {path: by_pydicom(path) for path in export.suspects}
    claims: dict[str, set[str]] = {}
    for uid, patient in told.values():
        claims.setdefault(uid, set()).add(patient)
    for path, (uid, _) in told.items():
        name = str(path.relative_to(export.root / "export"))
        is_found = uid in found or (len(claims[uid] - {""}) > 1 and bool(listed.get(name)))
        if uid and not is_found:
            yield f"{_told(export, path)}: study {uid} is not among the results"


def by_pydicom(path: Path) -> tuple[str, str]:
    """Return the study and the patient that pydicom reads of a file; empty where there is none."""
    wanted = ("StudyInstanceUID", "PatientID")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = dcmread(path, stop_before_pixels=True, specific_tags=list(wanted))
            uid, patient = (str(found.get(name, "")) for name in wanted)
        # What pydicom makes of such bytes is its own affair.
        except Exception:  # noqa: BLE001
            return "", ""
    return (uid if len(uid) <= 64 and _UID.fullmatch(uid) else ""), patient


def _catalogued(out: Path) -> dict[str, str | None]:
    """Return the study of every file that the catalogue lists, by its path."""
    with closing(sqlite3.connect(out / _CATALOGUE)) as catalogue:
        return dict(catalogue.execute("SELECT path, study_uid FROM files"))


def _told(export: Export, path: Path) -> str:
    return f"{path.parent.name} ({export.done[path.parent]})"


def _lost_files(export: Export, out: Path) -> Iterator[str]:
    on_disk = sum(path.is_file() for path in (export.root / "export").rglob("*"))
    if (listed := len(_catalogued(out))) != on_disk:
        yield f"{on_disk} files on disk, {listed} in the catalogue"


def _mistakes(rows: list[dict[str, str]], said: str) -> Iterator[str]:
    for row in rows:
        if row["reason"] in FAULTS:
            yield f"study {row['study_uid']}: {row['reason']}, {row['detail']}"
    for line in said.splitlines():
        if "Traceback" in line or "Warning:" in line:
            yield f"printed: {line}"


def _named(out: Path, said: str) -> Iterator[str]:
    if MARK in said.lower():
        yield "a name was printed"
    words = [MARK.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    for path in sorted(out.rglob("*")):
        if path.is_file() and not path.name.startswith(_CATALOGUE):
            content = path.read_bytes().lower()
            if any(word in content for word in words):
                yield f"a name stands in {path.name}"


def _control(rows: list[dict[str, str]], out: Path) -> Iterator[str]:
    """Yield what is amiss with the sound studies: all are measured, and alike."""
    first = {row["study_uid"]: row for row in rows}
    uids = [f"1.2.826.0.1.{1_000_001 + number}" for number in range(4)]
    control = [first.get(uid) for uid in uids]
    values = [float(row["trabecular_hu"] or "nan") for row in control if row]
    if len(values) < len(uids) or not max(values) - min(values) <= _TOLERANCE_HU:
        yield f"sound studies should all be measured alike in {out.name}, found {values}"
