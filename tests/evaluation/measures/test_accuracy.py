from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ctbone.confidence import z_value
from ctbone.evaluation import accuracy
from ctbone.records import ContingencyTable


def table(tp, fp, fn, tn):
    return ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )


def test_a_known_table():
    found = accuracy(table(45, 10, 5, 40))
    # Wilson's formula for 45 of 50, worked by hand with z = 1.96.
    assert found.sensitivity.estimate == 0.9
    assert (found.sensitivity.lower, found.sensitivity.upper) == pytest.approx(
        (0.7864, 0.9565), abs=1e-4
    )
    assert found.ppv.estimate == pytest.approx(45 / 55)
    assert found.lr_positive.estimate == pytest.approx(4.5)
    assert found.lr_negative.estimate == pytest.approx(0.125)
    assert found.dor.estimate == pytest.approx(36.0)
    # exp(ln 36 -+ 1.96 sqrt(1/45 + 1/10 + 1/5 + 1/40))
    assert found.dor.lower == pytest.approx(11.3, abs=0.05)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("counts", "missing", "note"),
    [
        ((0, 5, 0, 9), "sensitivity", "No diseased patients"),
        ((5, 0, 9, 0), "specificity", "No healthy patients"),
        ((0, 0, 5, 9), "ppv", "No positive results"),
        ((5, 9, 0, 0), "npv", "No negative results"),
        ((5, 0, 1, 9), "dor", "An empty cell"),
    ],
)
def test_what_cannot_be_said_is_said(counts, missing, note):
    found = accuracy(table(*counts))
    assert getattr(found, missing) is None
    assert any(text.startswith(note) for text in found.notes)


@given(counts=st.tuples(*[st.integers(0, 60)] * 4))
def test_exchanging_disease_and_health_exchanges_the_margins(counts):
    tp, fp, fn, tn = counts
    one, other = accuracy(table(tp, fp, fn, tn)), accuracy(table(tn, fn, fp, tp))
    assert (one.sensitivity, one.ppv) == (other.specificity, other.npv)
    assert one.accuracy == other.accuracy


def test_youden_has_the_limits_of_newcombe():
    # 56 of 70 against 48 of 80: table II, case a, method 10 of Newcombe (Stat Med 1998;17:873).
    found = accuracy(table(56, 48, 14, 32))
    limits = (found.youden.estimate, found.youden.lower, found.youden.upper)
    assert limits == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    halved = (found.balanced_accuracy.estimate, found.balanced_accuracy.lower)
    assert halved == pytest.approx((0.6, (1 + limits[1]) / 2))


@settings(deadline=None)
@given(counts=st.tuples(*[st.integers(1, 60)] * 4))
def test_shares_are_those_of_scikit_learn(counts):
    tp, _, fn, _ = counts
    truth = np.repeat([1, 0, 1, 0], counts)
    said = np.repeat([1, 1, 0, 0], counts)
    found = accuracy(table(*counts))
    assert found.f1.estimate == pytest.approx(metrics.f1_score(truth, said))
    balanced = metrics.balanced_accuracy_score(truth, said)
    assert found.balanced_accuracy.estimate == pytest.approx(balanced)
    assert found.youden.estimate == pytest.approx(2 * balanced - 1)
    assert found.prevalence.estimate == pytest.approx((tp + fn) / sum(counts))
    ratio = metrics.class_likelihood_ratios(truth, said)
    assert (found.lr_positive.estimate, found.lr_negative.estimate) == pytest.approx(ratio)


def test_f1_reaches_as_far_as_the_delta_method_in_a_large_table():
    counts = np.asarray([4000, 700, 500, 9000])
    tp, fp, fn, _ = counts
    share, bottom = counts / counts.sum(), 2 * tp + fp + fn
    slope = np.asarray([2 * (fp + fn), -2 * tp, -2 * tp, 0]) * counts.sum() / bottom**2
    variance = (share @ slope**2 - (share @ slope) ** 2) / counts.sum()
    found = accuracy(table(*map(int, counts))).f1
    reach = z_value(0.95) * variance**0.5
    assert found.upper - found.lower == pytest.approx(2 * reach, rel=2e-3)


def test_exact_limits_are_wider_and_so_are_those_built_on_them():
    score = accuracy(table(18, 5, 2, 25))
    exact = accuracy(table(18, 5, 2, 25), interval="exact")
    # Clopper and Pearson for 18 of 20, as in every table of them.
    assert (exact.sensitivity.lower, exact.sensitivity.upper) == pytest.approx(
        (0.6830, 0.9877), abs=5e-5
    )
    for name in ("specificity", "f1", "prevalence"):
        inner, outer = getattr(score, name), getattr(exact, name)
        assert outer.lower < inner.lower
        assert inner.upper < outer.upper
        assert inner.estimate == outer.estimate
    width = [found.youden.upper - found.youden.lower for found in (score, exact)]
    assert width[0] < width[1]


@given(counts=st.tuples(*[st.integers(0, 4)] * 4), method=st.sampled_from(["wilson", "exact"]))
def test_small_and_empty_tables_are_answered_or_explained(counts, method):
    found = accuracy(table(*counts), interval=method)
    missing = [name for name in found.__slots__ if getattr(found, name) is None]
    assert bool(missing) == (0 in counts)
    assert bool(found.notes) == bool(missing)
