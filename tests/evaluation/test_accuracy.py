from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
