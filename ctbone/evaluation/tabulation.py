"""From cases to counts: the 3x3 confusion matrix and the 2x2 tables in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ctbone.evaluation.linking import Case, reference_category
from ctbone.records import BoneCategory, CoarseCategory, ContingencyTable

#: Order of rows and columns.
CATEGORIES = (BoneCategory.NORMAL, BoneCategory.OSTEOPENIA, BoneCategory.OSTEOPOROSIS)

#: The order in which targets are reported: what a screening seeks comes first.
TARGETS = (BoneCategory.OSTEOPOROSIS, BoneCategory.OSTEOPENIA, BoneCategory.NORMAL)

_Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """Patients by reference (rows) and index test (columns), in the order of ``CATEGORIES``.

    Attributes:
        counts: Patients with a result.
        nonevaluable: Patients without one, by reference category.
    """

    counts: tuple[_Counts, _Counts, _Counts]
    nonevaluable: _Counts = (0, 0, 0)

    def __post_init__(self) -> None:
        if any(count < 0 for row in (*self.counts, self.nonevaluable) for count in row):
            raise ValueError(f"counts must not be negative, got {self.counts}")

    @property
    def total(self) -> int:
        """Patients with a result."""
        return sum(map(sum, self.counts))


def tabulate(cases: Iterable[Case]) -> ConfusionMatrix:
    """Count cases; the order in which they come plays no part."""
    return count((reference_category(case), case.result.category) for case in cases)


def count(
    pairs: Iterable[tuple[BoneCategory, BoneCategory | CoarseCategory | None]],
) -> ConfusionMatrix:
    """Count patients by reference category and index category; ``None`` is no result."""
    counts = [[0, 0, 0] for _ in CATEGORIES]
    missing = [0, 0, 0]
    for reference, index in pairs:
        row = CATEGORIES.index(reference)
        if index is None:
            missing[row] += 1
        else:
            counts[row][CATEGORIES.index(index)] += 1
    first, second, third = ((a, b, c) for a, b, c in counts)
    return ConfusionMatrix(
        counts=(first, second, third), nonevaluable=(missing[0], missing[1], missing[2])
    )


def contingency(pairs: Iterable[tuple[bool, bool]]) -> ContingencyTable:
    """Count patients by whether reference and index test call them diseased, in that order."""
    counts = dict.fromkeys(((True, True), (False, True), (True, False), (False, False)), 0)
    for reference, index in pairs:
        counts[bool(reference), bool(index)] += 1
    return ContingencyTable(
        true_positives=counts[True, True],
        false_positives=counts[False, True],
        false_negatives=counts[True, False],
        true_negatives=counts[False, False],
    )


def one_vs_rest(matrix: ConfusionMatrix, target: BoneCategory) -> ContingencyTable:
    """Fold the matrix into one category against the other two.

    Example:
        >>> matrix = ConfusionMatrix(counts=((50, 5, 0), (4, 30, 6), (1, 3, 20)))
        >>> table = one_vs_rest(matrix, BoneCategory.OSTEOPOROSIS)
        >>> table.true_positives, table.false_positives, table.false_negatives
        (20, 6, 4)
    """
    t = CATEGORIES.index(target)
    hit = matrix.counts[t][t]
    row, column = sum(matrix.counts[t]), sum(counts[t] for counts in matrix.counts)
    return ContingencyTable(
        true_positives=hit,
        false_positives=column - hit,
        false_negatives=row - hit,
        true_negatives=matrix.total - row - column + hit,
    )
