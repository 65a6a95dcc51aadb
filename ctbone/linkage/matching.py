"""Which reference each study has: by patient, then by date.

A study takes, of the usable rows of its patient that lie within the window, the one that is

1. said to be of this study, before one that names none;
2. nearest by date, before or after;
3. not after the CT, before one as far behind it;
4. QCT before DXA before HU;
5. that with the lowest T-score: of several regions the lowest decides;
6. the first as they stand in the spreadsheets.

A row can be the reference of several studies; a study has one reference.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference, RefusedRow
from ctbone.linkage.studies import Study

_STANDARDS = ("QCT", "DXA", "HU")


@dataclass(frozen=True, slots=True)
class Pair:
    """A study and its reference.

    Attributes:
        study: The study.
        reference: The row.
        patient_id: Keyed pseudonym of their patient.
    """

    study: Study
    reference: Reference
    patient_id: str

    @property
    def days(self) -> int | None:
        """Days from the CT to the reference; ``None`` where one of them has no date."""
        return days_between(self.study, self.reference)


@dataclass(frozen=True, slots=True)
class LeftStudy:
    """A study that is not in the cohort.

    Attributes:
        study: The study.
        reason: Why.
        days: To the nearest reference, where the reason is the window.
    """

    study: Study
    reason: LinkReason
    days: int | None = None


class Index:
    """References and studies by what they are found by.

    Args:
        references: Usable rows.
        refused: Rows that are none.
        studies: All studies of the export.
    """

    def __init__(
        self,
        references: Sequence[Reference],
        refused: Iterable[RefusedRow],
        studies: Sequence[Study],
    ) -> None:
        self.refused = {row.patient for row in refused if row.patient}
        self._studies: dict[str, list[Study]] = defaultdict(list)
        self._by_accession: dict[str, list[Study]] = defaultdict(list)
        self._by_uid = {study.study_uid: study for study in studies}
        for study in studies:
            if study.keys.patient:
                self._studies[study.keys.patient].append(study)
            if study.keys.accession:
                self._by_accession[study.keys.accession].append(study)
        self._references: dict[str, list[Reference]] = defaultdict(list)
        self._naming: dict[str, list[Reference]] = defaultdict(list)
        for reference in references:
            self._references[reference.patient].append(reference)
            for study in self.named(reference):
                self._naming[study.study_uid].append(reference)

    def studies(self, patient: str) -> list[Study]:
        """Return the studies whose headers name a patient."""
        return self._studies.get(patient, [])

    def is_several(self, patient: str) -> bool:
        """Return whether several patients, of several issuers, have one identifier."""
        return len({study.patient_id for study in self.studies(patient)}) > 1

    def pseudonym(self, row: Reference | RefusedRow) -> str:
        """Return how the patient of a row is called: as headers do, which know the issuer too."""
        known = {study.patient_id for study in self.studies(row.patient)}
        return known.pop() if len(known) == 1 else row.patient_id

    def named(self, reference: Reference) -> list[Study]:
        """Return the studies that a row names, whoever they are of."""
        if reference.study_uid:
            found = self._by_uid.get(reference.study_uid)
            return [found] if found else []
        return self._by_accession.get(reference.accession, [])

    def candidates(self, study: Study) -> list[Reference]:
        """Return the rows that could be the reference of a study, whenever they are of."""
        of_patient = self._references.get(study.keys.patient, []) if study.keys.patient else []
        named = [r for r in self._naming[study.study_uid] if is_of(r, study)]
        return [*(r for r in of_patient if not r.names_study), *named]

    def possible(self, reference: Reference) -> list[Study]:
        """Return the studies that a row could be the reference of, whenever they are of."""
        if reference.names_study:
            return [study for study in self.named(reference) if is_of(reference, study)]
        return self.studies(reference.patient)


def is_of(reference: Reference, study: Study) -> bool:
    """Return whether nothing says that a study is another patient's; some name nobody."""
    return study.keys.patient in ("", reference.patient)


def days_between(study: Study, reference: Reference) -> int | None:
    """Return the days from the CT to the reference; ``None`` where one of them has no date."""
    if study.day is None or reference.day is None:
        return None
    return (reference.day - study.day).days


def match(study: Study, index: Index, *, window_days: int) -> Pair | LeftStudy:
    """Return a study with its reference, or why it has none."""
    if study.reason is not None:
        return LeftStudy(study, study.reason)
    if index.is_several(study.keys.patient):
        return LeftStudy(study, LinkReason.SEVERAL_PATIENTS)
    found = index.candidates(study)
    if not found:
        is_refused = study.keys.patient in index.refused
        reason = LinkReason.NO_USABLE_REFERENCE if is_refused else LinkReason.NO_REFERENCE
        return LeftStudy(study, reason)
    near = [r for r in found if is_near(study, r, window_days=window_days)]
    if near:
        best = min(near, key=lambda reference: _preference(study, reference))
        return Pair(study, best, study.patient_id if study.keys.patient else index.pseudonym(best))
    days = nearest(days_between(study, r) for r in found)
    reason = LinkReason.NO_STUDY_DATE if days is None else LinkReason.NO_REFERENCE_IN_WINDOW
    return LeftStudy(study, reason, days)


def why_unused(row: Reference, index: Index, *, window_days: int) -> RefusedRow:
    """Return why a usable row is the reference of no study."""
    reason, days = _why_unused(row, index, window_days)
    return RefusedRow(
        place=row.place,
        reason=reason,
        patient=row.patient,
        patient_id=row.patient_id,
        days=days,
    )


def _why_unused(row: Reference, index: Index, window_days: int) -> tuple[LinkReason, int | None]:
    studies = index.possible(row)
    if not studies:
        return _why_not_found(row, index), None
    if index.is_several(row.patient):
        return LinkReason.SEVERAL_PATIENTS, None
    near = [s for s in studies if is_near(s, row, window_days=window_days)]
    if any(study.reason is None for study in near):
        return LinkReason.OTHER_REFERENCE_PREFERRED, None
    if near:
        return near[0].reason or LinkReason.STUDY_NOT_READABLE, None
    days = nearest(days_between(study, row) for study in studies)
    return (LinkReason.NO_STUDY_DATE if days is None else LinkReason.NO_STUDY_IN_WINDOW), days


def _why_not_found(row: Reference, index: Index) -> LinkReason:
    if index.named(row):
        return LinkReason.STUDY_OF_ANOTHER_PATIENT
    if row.names_study and index.studies(row.patient):
        return LinkReason.NO_SUCH_STUDY
    return LinkReason.NO_SUCH_PATIENT


def is_near(study: Study, reference: Reference, *, window_days: int) -> bool:
    """Return whether a row lies within the window; one that names its study needs no dates."""
    days = days_between(study, reference)
    return reference.names_study if days is None else abs(days) <= window_days


def nearest(days: Iterable[int | None]) -> int | None:
    """Return the least number of days either way, with its sign; ``None`` without any."""
    return min((d for d in days if d is not None), key=abs, default=None)


def _preference(study: Study, reference: Reference) -> tuple[object, ...]:
    days = days_between(study, reference) or 0
    standard = _STANDARDS.index(reference.standard)
    t_score = math.inf if reference.t_score is None else reference.t_score
    return not reference.names_study, abs(days), days > 0, standard, t_score, reference.place
