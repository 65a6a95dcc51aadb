from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.evaluation import ConfusionMatrix, one_vs_rest, tabulate
from ctbone.evaluation.assessment import assess
from ctbone.evaluation.scales import CATEGORIES


def test_reference_is_in_rows_and_the_index_test_in_columns(cases):
    matrix = tabulate(cases)
    assert matrix.counts == ((1, 1, 0), (0, 1, 1), (0, 1, 2))
    assert matrix.nonevaluable == (1, 0, 0)


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_the_order_of_cases_plays_no_part(data):
    from ctbone.evaluation import Case

    from .conftest import make_reference, make_result

    densities = st.floats(20, 200)
    pairs = data.draw(
        st.lists(st.tuples(densities, st.none() | densities), min_size=1, max_size=25)
    )
    cases = [
        Case(reference=make_reference(i, a), result=make_result(i, b))
        for i, (a, b) in enumerate(pairs)
    ]
    shuffled = data.draw(st.permutations(cases))
    first, second = assess("all", cases), assess("all", shuffled)
    assert (first.matrix, first.kappa) == (second.matrix, second.kappa)
    for target, found in first.targets.items():
        assert found.accuracy == second.targets[target].accuracy
        assert (found.auc is None) == (second.targets[target].auc is None)
        assert (
            found.auc is None
            or abs(found.auc.estimate - second.targets[target].auc.estimate) < 1e-12
        )


@given(counts=st.lists(st.integers(0, 99), min_size=9, max_size=9))
def test_every_fold_counts_everybody_once(counts):
    rows = tuple(tuple(counts[i : i + 3]) for i in (0, 3, 6))
    matrix = ConfusionMatrix(counts=rows)
    tables = [one_vs_rest(matrix, target) for target in CATEGORIES]
    assert {t.diseased + t.healthy for t in tables} == {matrix.total}
    assert sum(t.true_positives for t in tables) == counts[0] + counts[4] + counts[8]
    assert sum(t.false_positives for t in tables) == sum(t.false_negatives for t in tables)
