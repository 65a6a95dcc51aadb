from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest

from ctbone.evaluation.measures.paired import _score, compare_areas, compare_shares
from ctbone.evaluation.measures.roc import Scores


def answers(both, first, second, neither):
    pairs = [(True, True)] * both + [(True, False)] * first
    return pairs + [(False, True)] * second + [(False, False)] * neither


cells = st.tuples(*[st.integers(0, 25)] * 4).filter(lambda c: sum(c) > 0)


def test_the_airways_of_fagerland():
    # Bentur et al. in Fagerland et al. (2013), table 2: 1 and 7 discordant of 21 pairs.
    found = compare_shares(answers(1, 1, 7, 12))
    assert (found.p_exact, found.p_mid) == pytest.approx((0.0703, 0.0391), abs=5e-5)
    assert found.difference.estimate == pytest.approx(-6 / 21)


@given(counts=cells)
def test_mcnemar_is_the_sign_test(counts):
    found = compare_shares(answers(*counts))
    _, b, c, _ = counts
    expected = binomtest(b, b + c).pvalue if b + c else 1.0
    assert found.p_exact == pytest.approx(expected)
    assert found.p_mid <= found.p_exact


@settings(deadline=None)
@given(
    n=st.integers(5, 40), split=st.tuples(st.floats(0, 1), st.floats(0, 1)), d=st.floats(-0.9, 0.9)
)
def test_the_score_uses_the_likeliest_shares(n, split, d):
    b, c = round(split[0] * n * 0.5), round(split[1] * n * 0.5)

    def unlikely(q):
        parts = ((b, q + d), (c, q), (n - b - c, 1 - 2 * q - d))
        return -sum(k * np.log(max(p, 1e-300)) for k, p in parts if k)

    low, high = max(0.0, -d), (1 - d) / 2
    best = minimize_scalar(
        unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-10}
    )
    variance = n * (2 * best.x + d - d * d)
    if variance > 1e-6:
        expected = (b - c - n * d) / np.sqrt(variance)
        assert _score(b, c, n, d) == pytest.approx(expected, rel=1e-3, abs=1e-3)


@given(counts=cells)
def test_the_interval_holds_what_the_score_does_not_refute(counts):
    both, b, c, neither = counts
    n, found = sum(counts), compare_shares(answers(*counts)).difference
    for limit in (found.lower, found.upper):
        if abs(limit) < 1:
            assert abs(_score(b, c, n, limit)) == pytest.approx(1.959964, abs=1e-4)
    mirrored = compare_shares(answers(both, c, b, neither)).difference
    assert (mirrored.lower, mirrored.upper) == pytest.approx((-found.upper, -found.lower))


def test_agreement_in_everything_still_has_a_width():
    # No discordant pair: z^2 / (n + z^2), Wilson's reach at 0.
    found = compare_shares(answers(20, 0, 0, 10))
    reach = 1.959964**2 / (30 + 1.959964**2)
    assert (found.difference.lower, found.difference.upper) == pytest.approx((-reach, reach))
    assert (found.p_exact, found.p_mid) == (1.0, 1.0)


def test_everything_against_nothing_ends_at_one():
    found = compare_shares(answers(0, 12, 0, 0))
    assert (found.difference.estimate, found.difference.upper) == (1.0, 1.0)
    assert 0.5 < found.difference.lower < 1.0


def pair_of_scores(n, seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2 == 0
    shared = rng.normal(0, 1, n) + truth
    return tuple(
        Scores(values=np.round(shared + rng.normal(0, s, n), 1), is_diseased=truth, name="s")
        for s in (0.5, 2.0)
    )


def components(found):
    x, y = found.values[found.is_diseased], found.values[~found.is_diseased]
    won = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    return won.mean(1), won.mean(0)


@pytest.mark.parametrize("seed", range(5))
def test_areas_have_the_covariance_of_all_pairs(seed):
    first, second = pair_of_scores(60, seed)
    (a1, b1), (a2, b2) = components(first), components(second)
    covariance = np.cov(a1, a2) / len(a1) + np.cov(b1, b2) / len(b1)
    se = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    found = compare_areas(first, second)
    assert found.difference.estimate == pytest.approx(a1.mean() - a2.mean())
    assert found.difference.upper - found.difference.estimate == pytest.approx(1.959964 * se)
    from scipy.stats import norm

    assert found.p_value == pytest.approx(2 * norm.sf(abs(a1.mean() - a2.mean()) / se))


def test_a_score_against_itself_has_no_test():
    first, _ = pair_of_scores(30, 1)
    found = compare_areas(first, first)
    assert (found.difference.estimate, found.p_value) == (0.0, None)


def test_scores_must_be_of_the_same_patients():
    first, _ = pair_of_scores(30, 1)
    other, _ = pair_of_scores(28, 1)
    with pytest.raises(ValueError, match="the same patients in the same order"):
        compare_areas(first, other)


def test_nobody_has_no_share():
    with pytest.raises(ValueError, match="at least one patient"):
        compare_shares([])
