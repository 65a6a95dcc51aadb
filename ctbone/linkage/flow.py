"""The way of studies into a cohort, as STARD wants it drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ctbone.cohort import CohortRow
from ctbone.drawing import FlowChart, Step
from ctbone.linkage.counting import category_of, splits_of
from ctbone.linkage.linking import Linkage
from ctbone.linkage.matching import LeftStudy
from ctbone.linkage.reasons import LinkReason
from ctbone.plurals import counted

_R = LinkReason

#: Which reasons a study leaves by, step by step; those that are left concern linked studies.
_UNREADABLE = (_R.STUDY_NOT_READABLE, _R.PATIENT_UNCLEAR)
_UNLINKED = (
    _R.NO_REFERENCE,
    _R.NO_USABLE_REFERENCE,
    _R.SEVERAL_PATIENTS,
    _R.NO_STUDY_DATE,
    _R.NO_REFERENCE_IN_WINDOW,
)


def chart_of(linkage: Linkage, *, window_days: int) -> FlowChart:
    """Return the chart: from the studies of the export to those of each split."""
    unread = [left for left in linkage.studies if left.reason in _UNREADABLE]
    unlinked = [left for left in linkage.studies if left.reason in _UNLINKED]
    excluded = [x for x in linkage.studies if x.reason not in (*_UNREADABLE, *_UNLINKED)]
    readable = linkage.all_studies - len(unread)
    linked = readable - len(unlinked)
    rows = linkage.cohort()
    patients = counted(len({row.patient_id for row in rows}), "patient")
    found, read, known, kept = (
        counted(n, "study") for n in (linkage.all_studies, readable, linked, len(rows))
    )
    steps = (
        Step(f"{found} in the export", _left(unread, "not readable")),
        Step(f"{read} that can be read as CT", _left(unlinked, "without reference")),
        Step(f"{known} with a reference (at most {window_days} days away)",
             _left(excluded, "left out")),
        Step(f"{kept} of {patients} in the cohort"),
    )  # fmt: skip
    return FlowChart(steps, tuple(_box(rows, split) for split in splits_of(rows)))


def _left(gone: Sequence[LeftStudy], what: str) -> tuple[str, ...]:
    if not gone:
        return ()
    names = Counter(_spoken(left) for left in gone)
    return (f"{counted(len(gone), 'study')} {what}", *_listed(names.most_common()))


def _spoken(left: LeftStudy) -> str:
    """Return the reason in words: of a study that cannot be read, why not."""
    return (left.study.detail or left.reason.value).replace("_", " ")


def _listed(counts: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(f"\u2022 {name}: {count}" for name, count in counts)


def _box(rows: Sequence[CohortRow], split: str) -> tuple[str, ...]:
    found = [row for row in rows if row.split == split]
    patients = counted(len({row.patient_id for row in found}), "patient")
    categories = sorted(Counter(map(category_of, found)).items())
    return (split.replace("_", " "), patients, counted(len(found), "study"), *_listed(categories))
