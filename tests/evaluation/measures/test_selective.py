"""Error against coverage, by hand, by brute force and at its limits."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation.measures.selective import selective_report

ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.0, 1.0]), st.booleans()),
    min_size=1,
    max_size=6,
)


def test_by_hand():
    found = selective_report(
        [0.9, 0.8, 0.7, 0.6], [0.0, 1.0, 0.0, 1.0], [True] * 4, coverages=(0.5, 0.75, 1.0)
    )
    assert found.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert found.risk.tolist() == pytest.approx([0.0, 1 / 2, 1 / 3, 1 / 2])
    assert found.area == pytest.approx((0.0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    # The best order is 0, 0, 1, 1.
    assert found.excess_area == pytest.approx(found.area - (0.0 + 0.0 + 1 / 3 + 1 / 2) / 4)
    assert found.error_at == pytest.approx({0.5: 0.5, 0.75: 1 / 3, 1.0: 0.5})


def test_what_is_refused_comes_last_however_sure():
    found = selective_report([0.99, 0.5], [1.0, 0.0], [False, True], coverages=(0.5, 1.0))
    assert found.error_at == {0.5: 0.0, 1.0: 0.5}
    assert (found.reported, found.error_reported, found.error_refused) == (0.5, 0.0, 1.0)
    assert found.excess_area == 0.0


def test_a_share_of_an_answer_counts_as_that_share():
    found = selective_report([3.0, 2.0, 1.0], [0.0, 0.0, 6.0], [True] * 3, coverages=(0.8,))
    # 2.4 answers: two of them right, and 0.4 of the one that is 6 off.
    assert found.error_at[0.8] == pytest.approx(0.4 * 6.0 / 2.4)


@given(ANSWERS)
def test_equal_answers_have_the_mean_of_all_their_orders(answers):
    sure, wrong, told = (list(column) for column in zip(*answers, strict=True))
    found = selective_report(sure, wrong, told)
    keys = [(not t, -s) for s, t in zip(sure, told, strict=True)]
    risks = []
    for order in itertools.permutations(range(len(answers))):
        if all(keys[a] <= keys[b] for a, b in itertools.pairwise(order)):
            errors = np.array([wrong[i] for i in order])
            risks.append(np.cumsum(errors) / np.arange(1, errors.size + 1))
    assert np.allclose(found.risk, np.mean(risks, axis=0))
    assert found.error_at[1.0] == pytest.approx(np.mean(wrong))
    assert found.excess_area >= 0.0


def test_sides_that_are_not_there_are_none():
    every = selective_report([1.0], [0.0], [True])
    none = selective_report([1.0], [0.0], [False])
    assert (every.error_reported, every.error_refused) == (0.0, None)
    assert (none.error_reported, none.error_refused) == (None, 0.0)


def test_what_is_no_list_of_answers_is_refused():
    with pytest.raises(ValueError, match=r"got \(2, 1, 1\)"):
        selective_report([1.0, 2.0], [0.0], [True])
    with pytest.raises(ValueError, match=r"got \(0, 0, 0\)"):
        selective_report([], [], [])
    with pytest.raises(ValueError, match="finite"):
        selective_report([float("nan")], [0.0], [True])
    with pytest.raises(ValueError, match="coverages"):
        selective_report([1.0], [0.0], [True], coverages=(0.0,))
