"""Two arms, or one arm on two groups of patients, measure by measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ctbone.cohort import Split
from ctbone.comparison.differences import (
    Difference,
    area_difference,
    mean_difference,
    paired_mean_difference,
    share_difference,
)
from ctbone.errors import NothingUsable
from ctbone.evaluation import Case, EvaluateConfig, Linkage, compare
from ctbone.evaluation.linking import is_diseased, is_positive
from ctbone.evaluation.material import read_material
from ctbone.evaluation.measures.paired import PairedShares
from ctbone.evaluation.measures.roc import scores
from ctbone.evaluation.scales import Category, shared_targets
from ctbone.records import Interval

#: Of every interval.
CONFIDENCE = 0.95

_MCNEMAR = "paired: Tango's limits, McNemar's exact test"
_DELONG = "paired: DeLong"
_PAIRED_T = "paired: Student's t"
_NEWCOMBE = "unpaired: Newcombe's limits, Fisher's exact test"
_UNPAIRED_DELONG = "unpaired: DeLong's variances"
_WELCH = "unpaired: Welch's t"

#: What a head can measure, what its reference is called, and the unit.
_MEASURED = (("bmd_mg_cm3", "mg/cm3"), ("t_score", "SD"))


class Tested(NamedTuple):
    """Results against a cohort.

    Attributes:
        results: results.csv.
        cohort: cohort.csv.
    """

    results: Path
    cohort: Path


def linked(tested: Tested, split: Split, *, against: Path | None = None) -> list[Linkage] | None:
    """Return the cases of a split, and those of another test on the same cohort if there is one.

    Returns:
        ``None`` where the split has no patient with a result and a reference.
    """
    config = EvaluateConfig(
        results=tested.results, cohort=tested.cohort, out=Path(), splits=(split,), against=against
    )
    try:
        found = read_material(config)
    except NothingUsable:
        return None
    return [found.linkage] if found.against is None else [found.linkage, found.against]


def paired(first: Tested, second: Path, split: Split) -> list[Difference]:
    """Compare two arms on the same patients against the same reference.

    Returns:
        Nothing where no patient has a result of both.
    """
    sides = linked(first, split, against=second)
    if sides is None:
        return []
    ours, theirs = sides
    targets = shared_targets(ours.scale, theirs.scale)
    try:
        found = compare(ours.cases, theirs.cases, confidence=CONFIDENCE, targets=targets)
    except ValueError:
        return []
    rows = list(_paired_errors(ours.cases, theirs.cases))
    for target, told in found.targets.items():
        for measure in ("sensitivity", "specificity"):
            shares: PairedShares | None = getattr(told, measure)
            if shares is not None:
                rows.append(_of_shares(measure, target, shares))
        if told.auc is not None:
            rows.append(
                Difference(
                    measure="auc",
                    target=target.value,
                    first=told.auc.first.estimate,
                    second=told.auc.second.estimate,
                    difference=told.auc.difference,
                    p_value=told.auc.p_value,
                    n=found.patients,
                    unit="1",
                    method=_DELONG,
                )
            )
    return rows


def _of_shares(measure: str, target: Category, shares: PairedShares) -> Difference:
    return Difference(
        measure=measure,
        target=target.value,
        first=shares.first,
        second=shares.second,
        difference=shares.difference,
        p_value=shares.p_exact,
        n=shares.n,
        unit="1",
        method=_MCNEMAR,
    )


def _paired_errors(ours: Sequence[Case], theirs: Sequence[Case]) -> Iterator[Difference]:
    for name, unit in _MEASURED:
        first, second = errors(ours, name), errors(theirs, name)
        shared = [patient for patient in first if patient in second]
        sides = [first[p] for p in shared], [second[p] for p in shared]
        if found := paired_mean_difference(*sides, confidence=CONFIDENCE):
            yield _of_errors(sides, *found, n=len(shared), unit=unit, method=_PAIRED_T)


def _of_errors(
    sides: tuple[Sequence[float], Sequence[float]],
    difference: Interval,
    p_value: float | None,
    *,
    n: int,
    unit: str,
    method: str,
) -> Difference:
    first, second = (sum(side) / len(side) for side in sides)
    return Difference(
        measure="absolute_error",
        target="",
        first=first,
        second=second,
        difference=difference,
        p_value=p_value,
        n=n,
        unit=unit,
        method=method,
    )


def errors(cases: Sequence[Case], name: str) -> dict[str, float]:
    """Return the absolute error of a quantity by patient, of those who have both values."""
    pairs = (
        (case.reference.patient_id, getattr(case.result, name), getattr(case.reference, name))
        for case in cases
    )
    return {p: abs(index - known) for p, index, known in pairs if None not in (index, known)}


def unpaired(first: Linkage, second: Linkage) -> list[Difference]:
    """Compare two groups of patients, or two references, as if no patient were in both."""
    rows = list(_unpaired_errors(first.cases, second.cases))
    for target in shared_targets(first.scale, second.scale):
        rows += _unpaired_shares(first.cases, second.cases, target)
        scored = [scores(side.cases, target) for side in (first, second)]
        if scored[0] is None or scored[1] is None:
            continue
        if found := area_difference(scored[0], scored[1], confidence=CONFIDENCE):
            ours, theirs, difference, p_value = found
            rows.append(
                Difference(
                    measure="auc",
                    target=target.value,
                    first=ours,
                    second=theirs,
                    difference=difference,
                    p_value=p_value,
                    n=sum(len(side.values) for side in scored if side),
                    unit="1",
                    method=_UNPAIRED_DELONG,
                )
            )
    return rows


def _unpaired_shares(
    first: Sequence[Case], second: Sequence[Case], target: Category
) -> Iterator[Difference]:
    for measure, wanted in (("sensitivity", True), ("specificity", False)):
        counts = [_right(side, target, diseased=wanted) for side in (first, second)]
        if found := share_difference(counts[0], counts[1], confidence=CONFIDENCE):
            difference, p_value = found
            yield Difference(
                measure=measure,
                target=target.value,
                first=counts[0][0] / counts[0][1],
                second=counts[1][0] / counts[1][1],
                difference=difference,
                p_value=p_value,
                n=counts[0][1] + counts[1][1],
                unit="1",
                method=_NEWCOMBE,
            )


def _right(cases: Sequence[Case], target: Category, *, diseased: bool) -> tuple[int, int]:
    """Return how many of one side of the reference a test is right of, and how many they are."""
    side = [c for c in cases if c.is_evaluable and is_diseased(c, target) is diseased]
    return sum(is_positive(case, target) is diseased for case in side), len(side)


def _unpaired_errors(first: Sequence[Case], second: Sequence[Case]) -> Iterator[Difference]:
    for name, unit in _MEASURED:
        sides = [*errors(first, name).values()], [*errors(second, name).values()]
        if found := mean_difference(*sides, confidence=CONFIDENCE):
            n = len(sides[0]) + len(sides[1])
            yield _of_errors(sides, *found, n=n, unit=unit, method=_WELCH)
