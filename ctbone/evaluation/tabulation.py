"""From cases to counts: the table of reference and index test, and the 2x2 tables in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ctbone.evaluation.linking import Case, reference_category
from ctbone.evaluation.scales import CATEGORIES, THREE_WAY, Category, Scale, is_of, tells
from ctbone.records import BoneCategory, ContingencyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """Patients by reference category (rows) and group of the index test (columns).

    Attributes:
        counts: Patients with a result; rows in the order of ``CATEGORIES``.
        nonevaluable: Patients without one, by reference category.
        classes: The groups that the index test tells apart, in the order of the columns.
    """

    counts: tuple[tuple[int, ...], ...]
    nonevaluable: tuple[int, int, int] = (0, 0, 0)
    classes: tuple[Category, ...] = CATEGORIES

    def __post_init__(self) -> None:
        if any(count < 0 for row in (*self.counts, self.nonevaluable) for count in row):
            raise ValueError(f"counts must not be negative, got {self.counts}")
        shape = [len(row) for row in self.counts]
        if shape != [len(self.classes)] * len(CATEGORIES):
            expected = f"{len(CATEGORIES)} rows of {len(self.classes)}"
            raise ValueError(f"expected counts in {expected}, got rows of {shape}")

    @property
    def total(self) -> int:
        """Patients with a result."""
        return sum(map(sum, self.counts))


def tabulate(cases: Iterable[Case], *, scale: Scale = THREE_WAY) -> ConfusionMatrix:
    """Count cases by the groups of a scale; the order in which they come plays no part."""
    pairs = ((reference_category(case), case.result.category) for case in cases)
    return count(pairs, scale=scale)


def count(
    pairs: Iterable[tuple[BoneCategory, Category | None]], *, scale: Scale = THREE_WAY
) -> ConfusionMatrix:
    """Count patients by reference category and index category; ``None`` is no result.

    Raises:
        ValueError: If an index category is none of the scale.
    """
    found = Counter(pairs)
    if strange := {index for _, index in found} - {None, *scale.classes}:
        told, named = ", ".join(scale.classes), ", ".join(sorted(filter(None, strange)))
        raise ValueError(f"expected a test that tells {told}, found {named}")
    first, second, third = (found[category, None] for category in CATEGORIES)
    return ConfusionMatrix(
        counts=tuple(tuple(found[row, column] for column in scale.classes) for row in CATEGORIES),
        nonevaluable=(first, second, third),
        classes=scale.classes,
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


def one_vs_rest(matrix: ConfusionMatrix, target: Category) -> ContingencyTable:
    """Fold the matrix into a target against the rest.

    Raises:
        ValueError: If the index test does not tell it.

    Example:
        >>> matrix = ConfusionMatrix(counts=((50, 5, 0), (4, 30, 6), (1, 3, 20)))
        >>> table = one_vs_rest(matrix, BoneCategory.OSTEOPOROSIS)
        >>> table.true_positives, table.false_positives, table.false_negatives
        (20, 6, 4)
    """
    if not tells(matrix.classes, target):
        told = ", ".join(matrix.classes)
        raise ValueError(f"expected a test that tells {target.value}, found one of {told}")
    cells: Counter[tuple[bool, bool]] = Counter()
    for reference, row in zip(CATEGORIES, matrix.counts, strict=True):
        for index, patients in zip(matrix.classes, row, strict=True):
            cells[is_of(reference, target), is_of(index, target)] += patients
    return ContingencyTable(
        true_positives=cells[True, True],
        false_positives=cells[False, True],
        false_negatives=cells[True, False],
        true_negatives=cells[False, False],
    )
