"""The way of studies and patients through an evaluation, as STARD wants it drawn.

(Bossuyt et al., BMJ 2015;351:h5527, item 19.) The numbers are a record of their own, which refuses
to exist where they do not add up; the picture is drawn from it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ctbone.evaluation.linking import ByReference, Case, Linkage, by_reference
from ctbone.evaluation.reviewing import ReviewFlow
from ctbone.evaluation.scales import CATEGORIES, Category

#: Why a patient whom the results do not mention has no result; rejections have a ``Reason``.
NOT_IN_RESULTS = "not_in_results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Studies and patients at every step; what leaves a step and what stays is what came.

    Attributes:
        studies: Studies of the cohort, in the splits that are evaluated.
        without_result: Of them, studies that the results do not mention, but for those that stand
            for a patient without a result.
        further_studies: Of the rest, studies set aside as their patient has another.
        patients: Patients that remain, each with one study.
        without_category: Of them, patients without a reference category.
        no_result: Of the rest, patients without a result of the index test, by reason and then by
            reference category.
        results: Of the rest, patients by group that the index test puts them in, and then by
            reference category.
        without_reference: Results whose study is not in the cohort: beside the flow, as they
            never were part of it.
        patients_without_result: Patients none of whose studies the results mention, and who are
            not of a split and site that they speak of, or lack a reference category: beside the
            flow of patients.
        review: What a reviewer said of the evaluated patients, where there was one.
    """

    studies: int
    without_result: int
    further_studies: int
    patients: int
    without_category: int
    no_result: Mapping[str, ByReference]
    results: Mapping[Category, ByReference]
    without_reference: int = 0
    patients_without_result: int = 0
    review: ReviewFlow | None = None

    def __post_init__(self) -> None:
        left = self.without_result + self.further_studies + self.patients
        if self.studies != left:
            raise ValueError(f"studies must add up, got {self.studies} and {left} of them placed")
        cases = self.evaluated + self.without_category
        if self.patients != cases:
            raise ValueError(
                f"patients must add up, got {self.patients} and {cases} of them placed"
            )
        if self.review is not None and self.review.patients != self.evaluated:
            found = f"{self.evaluated} and {self.review.patients} of them with a verdict or none"
            raise ValueError(f"evaluated patients must add up, got {found}")

    @property
    def evaluated(self) -> int:
        """Patients with a reference category: all of those whom the tables speak of."""
        return self.with_result + self.nonevaluable

    @property
    def with_result(self) -> int:
        """Patients with a result of the index test."""
        return sum(map(sum, self.results.values()))

    @property
    def nonevaluable(self) -> int:
        """Patients without a result of the index test."""
        return sum(map(sum, self.no_result.values()))


def flow_of(linkage: Linkage, *, review: ReviewFlow | None = None) -> Flow:
    """Follow the studies of a cohort to the cells of its table."""
    patients = len(linkage.cases) + linkage.without_category
    evaluable = [case for case in linkage.cases if case.is_evaluable]
    return Flow(
        studies=patients + linkage.further_studies + linkage.without_result,
        without_result=linkage.without_result,
        further_studies=linkage.further_studies,
        patients=patients,
        without_category=linkage.without_category,
        no_result=reasons_of(linkage.cases),
        results={
            category: by_reference(c for c in evaluable if c.result.category is category)
            for category in linkage.scale.classes
        },
        without_reference=linkage.without_reference,
        patients_without_result=linkage.patients_without_result,
        review=review,
    )


def reasons_of(cases: Iterable[Case]) -> dict[str, ByReference]:
    """Count the patients without a result by reason and reference category, the commonest first.

    Returns:
        By the name of the reason; ``not_in_results`` where the results do not mention the patient,
        and ``not stated`` where they give none.
    """
    missing: dict[str, list[Case]] = {}
    for case in cases:
        if not case.is_evaluable:
            missing.setdefault(_reason(case), []).append(case)
    order = sorted(missing, key=lambda reason: (-len(missing[reason]), reason))
    return {reason: by_reference(missing[reason]) for reason in order}


def _reason(case: Case) -> str:
    if not case.is_listed:
        return NOT_IN_RESULTS
    return case.result.reason.value if case.result.reason else "not stated"


def flow_rows(flow: Flow) -> Iterator[dict[str, object]]:
    """Yield the flow as rows of a table: step, what it is about, unit and count."""
    yield _row("studies of the cohort", "", "study", flow.studies)
    yield _row("set aside: not in the results", "", "study", flow.without_result)
    lost = "with no other study, and not among the patients"
    yield _row(lost, "", "patient", flow.patients_without_result)
    yield _row("set aside: their patient has another study", "", "study", flow.further_studies)
    yield _row("patients", "", "patient", flow.patients)
    yield _row("without a reference category", "", "patient", flow.without_category)
    yield _row("evaluated", "", "patient", flow.evaluated)
    for reason, counts in flow.no_result.items():
        yield from _split("no result of the index test", reason, counts)
    for category, counts in flow.results.items():
        yield from _split("result of the index test", category.value, counts)
    if flow.review is not None:
        for fate, counts in flow.review.verdicts.items():
            yield from _split("verdict of a reviewer", fate, counts)
        taken = {"all": flow.review.taken, "against the reference": flow.review.contradicted}
        for what, counts in taken.items():
            yield from _split("result that the review took out", what, counts)


#: The columns of flow.csv.
FLOW_COLUMNS = ("step", "what", "reference", "unit", "count")


def _row(step: str, what: str, unit: str, count: int) -> dict[str, object]:
    return {"step": step, "what": what, "reference": "", "unit": unit, "count": count}


def _split(step: str, what: str, counts: ByReference) -> Iterator[dict[str, object]]:
    for category, count in zip(CATEGORIES, counts, strict=True):
        yield _row(step, what, "patient", count) | {"reference": category.value}
