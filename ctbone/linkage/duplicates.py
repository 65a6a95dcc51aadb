"""Rows that say the same again, and rows that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference, RefusedRow


def settle(references: Iterable[Reference]) -> tuple[list[Reference], list[RefusedRow]]:
    """Keep one of rows with the same result, and none of rows that differ in it.

    Rows are about the same where patient, date, method, region and the study that they name are
    the same. Which of two results is right cannot be told, so that neither is used.

    Returns:
        The rows to use, and those refused.
    """
    groups: dict[tuple[object, ...], list[Reference]] = defaultdict(list)
    for row in references:
        about = (row.patient, row.day, row.standard, row.region, row.study_uid, row.accession)
        groups[about].append(row)
    kept: list[Reference] = []
    refused: list[RefusedRow] = []
    for rows in groups.values():
        if len({row.result for row in rows}) > 1:
            refused += _refuse(rows, LinkReason.CONFLICTING_ROWS)
        else:
            kept.append(rows[0])
            refused += _refuse(rows[1:], LinkReason.REPEATED_ROW)
    return kept, refused


def _refuse(rows: Iterable[Reference], reason: LinkReason) -> Iterator[RefusedRow]:
    for row in rows:
        yield RefusedRow(
            place=row.place, reason=reason, patient=row.patient, patient_id=row.patient_id
        )
