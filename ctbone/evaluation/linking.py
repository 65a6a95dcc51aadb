"""Results beside their reference: one case a patient.

Several studies of a patient are not independent, so each patient gives one: of those with a
reference category, the study nearest in time to the reference result; of equally near ones, or
where dates are unknown, the earliest, and then the first by study UID. Whether that study was
screened or rejected plays no part, since choosing among them by success would hide failures.

A patient of whose studies the results mention none has no result of the index test, and is a case
without one: the cohort says who was to be tested, and STARD (items 19 and 22) wants all of them
told. Where nobody of a split and site is in the results, they are plainly not of that cohort, and
its patients are no cases. A patient with a listed and judged study is judged by it, even where the
cohort has a nearer one that the results do not mention: those are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ctbone.cohort import CohortRow
from ctbone.evaluation.scales import (
    CATEGORIES,
    THREE_WAY,
    Category,
    Scale,
    is_of,
    scale_of,
)
from ctbone.interchange import ResultRow
from ctbone.records import BoneCategory

#: Patients by reference category, in the order of ``CATEGORIES``.
ByReference = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One patient: what the index test and the reference standard say.

    Attributes:
        reference: The row of the cohort.
        result: The row of the results; an empty rejection where they have none.
        is_listed: Whether the results have one.
    """

    reference: CohortRow
    result: ResultRow
    is_listed: bool = True

    @property
    def is_evaluable(self) -> bool:
        """Whether the index test gave a category."""
        return self.result.category is not None

    @property
    def days_apart(self) -> int | None:
        """Days between index test and reference; ``None`` where a date is unknown."""
        return _days_apart(self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """The cases and what did not become one.

    Attributes:
        cases: One a patient, by patient; every one with a reference category.
        without_result: Studies of the cohort that the results do not mention, but for those that
            are the case of their patient.
        without_reference: Results whose study is not in the cohort.
        without_category: Patients none of whose studies has a reference category.
        further_studies: Studies set aside because their patient already gave one.
        studies: Every study of the patients of the cases, with its own reference category or
            without one: for what resamples patients, and for what repeats.
        patients_without_result: Patients none of whose studies the results mention, and who are
            no case: without a reference category, or of a split and site that the results do not
            mention at all. They are in no table.
        nearer_missed: Patients who are judged by a study although the results lack one of theirs
            that is nearer to its reference.
        scale: What the index test tells apart.
    """

    cases: tuple[Case, ...]
    without_result: int
    without_reference: int
    without_category: int
    further_studies: int
    studies: tuple[Case, ...] = ()
    patients_without_result: int = 0
    nearer_missed: int = 0
    scale: Scale = THREE_WAY

    def studies_of(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        """Return every study of the patients of some cases."""
        patients = {case.reference.patient_id for case in cases}
        return tuple(case for case in self.studies if case.reference.patient_id in patients)


def link(
    results: Iterable[ResultRow], cohort: Iterable[CohortRow], *, scale: Scale | None = None
) -> Linkage:
    """Link results to the cohort by study UID and keep one study a patient.

    Args:
        results: Rows of results.
        cohort: Rows of the cohort.
        scale: What the index test tells apart; without it, what the categories of the rows say.

    Raises:
        ValueError: If a study stands twice in the results, or their categories are of several
            tests.
    """
    found, rows = _by_study(results), tuple(cohort)
    seen = [row for row in rows if row.study_uid in found]
    by_patient: dict[str, list[CohortRow]] = {}
    for row in (*seen, *_missed(rows, seen)):
        by_patient.setdefault(row.patient_id, []).append(row)
    chosen = [min(by_patient[patient], key=_nearness) for patient in sorted(by_patient)]
    missed = sum(row.study_uid not in found for row in chosen)
    judged = [row for row in chosen if row.category is not None]
    patients = {row.patient_id for row in judged}
    studies = [row for row in seen if row.patient_id in patients]
    return Linkage(
        cases=tuple(_case(row, found.get(row.study_uid)) for row in judged),
        without_result=len(rows) - len(seen) - missed,
        without_reference=len(found.keys() - {row.study_uid for row in rows}),
        without_category=len(chosen) - len(judged),
        further_studies=len(seen) - (len(chosen) - missed),
        studies=tuple(Case(reference=row, result=found[row.study_uid]) for row in studies),
        patients_without_result=len({row.patient_id for row in rows} - by_patient.keys()),
        nearer_missed=_nearer_missed(rows, judged, found),
        scale=scale or scale_of(found.values()),
    )


def _missed(rows: Sequence[CohortRow], seen: Sequence[CohortRow]) -> list[CohortRow]:
    """Return the judged studies of patients of whom the results should have one, and have none."""
    patients = {row.patient_id for row in seen if row.category is not None}
    cohorts = {(row.split, row.site) for row in seen}
    return [
        row
        for row in rows
        if row.category is not None
        and row.patient_id not in patients
        and (row.split, row.site) in cohorts
    ]


def _nearer_missed(
    rows: Iterable[CohortRow], judged: Iterable[CohortRow], found: Mapping[str, ResultRow]
) -> int:
    """Count the patients of whom a nearer judged study than the chosen is not in the results."""
    chosen = {row.patient_id: _nearness(row)[:2] for row in judged}
    return len(
        {
            row.patient_id
            for row in rows
            if row.study_uid not in found
            and row.patient_id in chosen
            and _nearness(row)[:2] < chosen[row.patient_id]
        }
    )


def _case(row: CohortRow, result: ResultRow | None) -> Case:
    if result is not None:
        return Case(reference=row, result=result)
    nothing = ResultRow(study_uid=row.study_uid, patient_id="", status="rejected")
    return Case(reference=row, result=nothing, is_listed=False)


def pseudonyms_in_splits(results: Iterable[ResultRow], cohort: Iterable[CohortRow]) -> int:
    """Count the pseudonyms of the results whose studies the cohort puts into several splits.

    The cohort names patients in its own way, and none of those is in two splits. Where the
    results take two of them for one person, either the export gives several people one PatientID,
    or a patient is on both sides of a split after all.
    """
    splits = {row.study_uid: row.split for row in cohort}
    found: dict[str, set[str]] = {}
    for row in results:
        if row.patient_id and row.study_uid in splits:
            found.setdefault(row.patient_id, set()).add(splits[row.study_uid])
    return sum(len(several) > 1 for several in found.values())


def pseudonyms_of_several(results: Iterable[ResultRow], cohort: Iterable[CohortRow]) -> int:
    """Count the pseudonyms of the results that the cohort knows as several patients of one split.

    If they are one person after all, that person counts several times.
    """
    rows = {row.study_uid: row for row in cohort}
    found: dict[tuple[str, str], set[str]] = {}
    for result in results:
        row = rows.get(result.study_uid)
        if row is not None and result.patient_id:
            found.setdefault((result.patient_id, row.split), set()).add(row.patient_id)
    return len({pseudonym for (pseudonym, _), several in found.items() if len(several) > 1})


def reference_category(case: Case) -> BoneCategory:
    """Return the category that the reference standard gives.

    Raises:
        ValueError: If the case has none.
    """
    if case.reference.category is None:
        raise ValueError(f"study {case.reference.study_uid} has no reference category")
    return case.reference.category


def by_reference(cases: Iterable[Case]) -> ByReference:
    """Count cases by what the reference standard gives.

    Raises:
        ValueError: If a case has no reference category.
    """
    found = Counter(map(reference_category, cases))
    first, second, third = (found[category] for category in CATEGORIES)
    return first, second, third


def is_diseased(case: Case, target: Category) -> bool:
    """Return whether a patient has what is looked for, by the reference standard.

    Raises:
        ValueError: If the case has no reference category.
    """
    return is_of(reference_category(case), target)


def is_positive(case: Case, target: Category) -> bool:
    """Return whether the index test finds what is looked for; without a result it does not."""
    return is_of(case.result.category, target)


def group_by_cohort(cases: Sequence[Case]) -> Mapping[tuple[str, str], tuple[Case, ...]]:
    """Split cases by split and site: groups that share no patient."""
    keys = sorted({(case.reference.split, case.reference.site) for case in cases})
    return {
        key: tuple(c for c in cases if (c.reference.split, c.reference.site) == key)
        for key in keys
    }


def _by_study(results: Iterable[ResultRow]) -> dict[str, ResultRow]:
    found: dict[str, ResultRow] = {}
    for row in results:
        if row.study_uid in found:
            raise ValueError(
                f"a study must stand once in the results, {row.study_uid} is there twice"
            )
        found[row.study_uid] = row
    return found


def _nearness(row: CohortRow) -> tuple[bool, float, date, str]:
    days = _days_apart(row)
    distance = float("inf") if days is None else days
    return (row.category is None, distance, row.study_date or date.max, row.study_uid)


def _days_apart(row: CohortRow) -> int | None:
    if row.study_date is None or row.reference_date is None:
        return None
    return abs((row.study_date - row.reference_date).days)
