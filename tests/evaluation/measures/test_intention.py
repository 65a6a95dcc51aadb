from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation import ConfusionMatrix, one_vs_rest
from ctbone.evaluation.measures.intention import intention_to_diagnose
from ctbone.evaluation.scales import CATEGORIES
from ctbone.records import BoneCategory


def test_no_result_is_a_wrong_result():
    matrix = ConfusionMatrix(counts=((50, 5, 0), (4, 30, 6), (1, 3, 20)), nonevaluable=(7, 4, 2))
    found = intention_to_diagnose(matrix, BoneCategory.OSTEOPOROSIS)
    assert (found.nonevaluable_diseased, found.nonevaluable_healthy) == (2, 11)
    table = found.table
    assert (table.true_positives, table.false_negatives) == (20, 4 + 2)
    assert (table.true_negatives, table.false_positives) == (89, 6 + 11)
    assert found.accuracy.sensitivity.estimate == 20 / 26
    assert found.evaluable == one_vs_rest(matrix, BoneCategory.OSTEOPOROSIS)


@given(counts=st.lists(st.integers(0, 30), min_size=12, max_size=12))
def test_everybody_is_counted_and_nothing_gets_better(counts):
    rows = tuple(tuple(counts[i : i + 3]) for i in (0, 3, 6))
    matrix = ConfusionMatrix(counts=rows, nonevaluable=tuple(counts[9:]))
    for target in CATEGORIES:
        found = intention_to_diagnose(matrix, target)
        assert found.table.diseased + found.table.healthy == sum(counts)
        assert found.table.diseased == sum(counts[i] for i in _row(target))
        assert found.table.true_positives == found.evaluable.true_positives


def _row(target):
    place = CATEGORIES.index(target)
    return (3 * place, 3 * place + 1, 3 * place + 2, 9 + place)
