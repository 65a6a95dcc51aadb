"""Two index tests on the same patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ctbone.evaluation.linking import Case, is_diseased, is_positive, reference_category
from ctbone.evaluation.measures.paired import (
    PairedArea,
    PairedShares,
    compare_areas,
    compare_shares,
)
from ctbone.evaluation.measures.roc import scores
from ctbone.evaluation.scales import TARGETS, Category

_NO_AREA = "No area is compared: a test has no one score for every patient, or all are the same."


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetComparison:
    """One target against the rest, first test against second.

    Attributes:
        sensitivity: Right and wrong among the diseased; ``None`` where there are none.
        specificity: Right and wrong among the healthy; likewise.
        auc: Areas under the curves; ``None`` where a test has no score.
        notes: What is missing and why, a sentence each.
    """

    sensitivity: PairedShares | None
    specificity: PairedShares | None
    auc: PairedArea | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two index tests on the patients that both gave a result for.

    Attributes:
        patients: Patients with a result of both.
        only_first: Patients that the second test was not tried on.
        only_second: Patients that the first test was not tried on.
        nonevaluable_first: Patients of both that the first test gave no result for.
        nonevaluable_second: Patients of both that the second test gave no result for.
        other_study: Compared patients whose results come from two studies.
        targets: The comparison by target.
    """

    patients: int
    only_first: int
    only_second: int
    nonevaluable_first: int
    nonevaluable_second: int
    other_study: int
    targets: Mapping[Category, TargetComparison]

    @property
    def has_areas(self) -> bool:
        """Whether areas under the curve are compared for any target."""
        return any(told.auc is not None for told in self.targets.values())


def compare(
    cases_a: Sequence[Case],
    cases_b: Sequence[Case],
    *,
    confidence: float = 0.95,
    targets: Sequence[Category] = TARGETS,
) -> Comparison:
    """Compare two index tests, patient by patient.

    Args:
        cases_a: Patients of the first test, each once; those whom its results do not mention
            play no part.
        cases_b: Patients of the second, likewise.
        confidence: Of the intervals.
        targets: What both can be asked: ``scales.shared_targets`` where one tells two groups.

    Raises:
        ValueError: If a patient stands twice in one of them, the reference categories of a patient
            differ, or no patient has a result of both.
    """
    first, second = _by_patient(cases_a), _by_patient(cases_b)
    shared = [patient for patient in first if patient in second]
    both = [(first[p], second[p]) for p in shared]
    _check(both)
    pairs = [(a, b) for a, b in both if a.is_evaluable and b.is_evaluable]
    if not pairs:
        raise ValueError(f"expected patients with results of both tests, found {len(pairs)}")
    return Comparison(
        patients=len(pairs),
        only_first=len(first) - len(shared),
        only_second=len(second) - len(shared),
        nonevaluable_first=sum(not a.is_evaluable for a, _ in both),
        nonevaluable_second=sum(not b.is_evaluable for _, b in both),
        other_study=sum(a.result.study_uid != b.result.study_uid for a, b in pairs),
        targets={target: _target(pairs, target, confidence) for target in targets},
    )


def _by_patient(cases: Sequence[Case]) -> dict[str, Case]:
    found = {case.reference.patient_id: case for case in cases}
    if len(found) < len(cases):
        # Identifiers of patients belong into no message.
        raise ValueError(f"expected each patient once, got {len(cases)} cases of {len(found)}")
    return {patient: case for patient, case in found.items() if case.is_listed}


def _check(both: Sequence[tuple[Case, Case]]) -> None:
    differ = sum(reference_category(a) is not reference_category(b) for a, b in both)
    if differ:
        raise ValueError(
            f"expected one reference category a patient, found two in {differ} of {len(both)}"
        )


def _target(
    pairs: Sequence[tuple[Case, Case]], target: Category, confidence: float
) -> TargetComparison:
    def shares(*, diseased: bool) -> PairedShares | None:
        chosen = [
            (_is_right(a, target), _is_right(b, target))
            for a, b in pairs
            if is_diseased(a, target) is diseased
        ]
        return compare_shares(chosen, confidence=confidence) if chosen else None

    sensitivity, specificity = shares(diseased=True), shares(diseased=False)
    auc = _area(pairs, target, confidence)
    said = (
        (sensitivity is None, "No diseased patients: sensitivity is not compared."),
        (specificity is None, "No healthy patients: specificity is not compared."),
        (auc is None, _NO_AREA),
        (auc is not None and auc.p_value is None, "The areas do not vary: no test of them."),
    )
    return TargetComparison(
        sensitivity=sensitivity,
        specificity=specificity,
        auc=auc,
        notes=tuple(text for holds, text in said if holds),
    )


def _is_right(case: Case, target: Category) -> bool:
    return is_positive(case, target) is is_diseased(case, target)


def _area(
    pairs: Sequence[tuple[Case, Case]], target: Category, confidence: float
) -> PairedArea | None:
    first, second = (scores(side, target) for side in zip(*pairs, strict=True))
    if first is None or second is None or first.is_flat or second.is_flat:
        return None
    return compare_areas(first, second, confidence=confidence)
