from __future__ import annotations

from dataclasses import replace

from ctbone.evaluation import Case, one_vs_rest, tabulate
from ctbone.evaluation.measures.indeterminate import indeterminate_tables
from ctbone.records import BoneCategory

TARGET = BoneCategory.OSTEOPOROSIS


def marked(cases, *numbers):
    return [
        Case(
            reference=case.reference,
            result=replace(case.result, indeterminate=i in numbers),
        )
        for i, case in enumerate(cases)
    ]


def test_without_marks_there_is_nothing_to_say(cases):
    assert indeterminate_tables(cases, TARGET) is None


def test_without_indeterminate_results_all_tables_are_the_ordinary_one(cases):
    found = indeterminate_tables(marked(cases), TARGET)
    assert set(found.tables.values()) == {one_vs_rest(tabulate(cases), TARGET)}


def test_indeterminate_results_go_to_either_side(cases):
    # Of references 150, 130, 100, 90, 70, 60, 50: the first, healthy and called so, the fourth,
    # healthy and called diseased, and the sixth, diseased and called healthy.
    found = indeterminate_tables(marked(cases, 0, 3, 5), TARGET)
    assert (found.diseased, found.healthy) == (1, 2)

    def cells(table):
        return (
            table.true_positives,
            table.false_positives,
            table.false_negatives,
            table.true_negatives,
        )

    assert cells(found.left_out) == (2, 0, 0, 2)
    assert cells(found.as_positive) == (3, 2, 0, 2)
    assert cells(found.as_negative) == (2, 0, 1, 4)
    assert [a.sensitivity.estimate for a in found.accuracy] == [1.0, 1.0, 2 / 3]
