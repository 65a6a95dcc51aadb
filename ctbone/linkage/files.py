"""The tables of a cohort: its rows, where each reference came from, and what is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.linkage.linking import Linkage

#: What ``write_tables`` writes.
TABLES = ("cohort.csv", "links.csv", "unmatched.csv")

_LINKS = ("study_uid", "patient_id", "file", "line", "days")
_UNMATCHED = ("kind", "file", "line", "study_uid", "patient_id", "reason", "days", "detail")


def write_tables(linkage: Linkage, out: Path) -> None:
    """Write cohort.csv, links.csv and unmatched.csv.

    Raises:
        ValueError: If a study stands twice in the cohort, or a patient is in two splits.
    """
    write_cohort(out / TABLES[0], linkage.cohort())
    write_rows(out / TABLES[1], _LINKS, _links(linkage))
    write_rows(out / TABLES[2], _UNMATCHED, unmatched(linkage))


def _links(linkage: Linkage) -> Iterator[dict[str, object]]:
    for pair in linkage.pairs:
        place = pair.reference.place
        yield {
            "study_uid": pair.study.study_uid,
            "patient_id": pair.patient_id,
            "file": place.file,
            "line": place.line,
            "days": pair.days,
        }


def unmatched(linkage: Linkage) -> Iterator[dict[str, object]]:
    """Yield every row and then every study that is not in the cohort, with its reason."""
    for row in linkage.rows:
        yield {
            "kind": "row",
            "file": row.place.file,
            "line": row.place.line,
            "patient_id": row.patient_id,
            "reason": row.reason.value,
            "days": row.days,
            "detail": row.detail,
        }
    for left in linkage.studies:
        yield {
            "kind": "study",
            "study_uid": left.study.study_uid,
            "patient_id": left.study.patient_id,
            "reason": left.reason.value,
            "days": left.days,
            "detail": left.study.detail,
        }
