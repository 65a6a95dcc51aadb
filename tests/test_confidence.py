from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ctbone.confidence import exact, quantile, share_below, wilson, z_value


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.9, 1.644854), (0.5, 0.67449)])
def test_quantiles_are_those_of_the_tables(confidence, z):
    assert z_value(confidence) == pytest.approx(z, abs=1e-6)


def test_below_a_quantile_lies_what_its_interval_leaves():
    for df in (None, 8, 28):
        assert share_below(-quantile(0.9, df), df) == pytest.approx(0.05)
    assert [quantile(0.9, df) for df in (None, 8)] == pytest.approx([1.6449, 1.8595], abs=1e-4)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, float("nan")])
def test_a_share_that_is_none_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        z_value(confidence)


shares = {
    "total": st.integers(1, 500),
    "share": st.floats(0, 1),
    "confidence": st.floats(0.5, 0.999),
}


@given(**shares)
def test_wilson_is_that_of_scipy(total, share, confidence):
    events = round(share * total)
    expected = binomtest(events, total).proportion_ci(confidence, method="wilson")
    found = wilson(events, total, confidence=confidence)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(**shares)
def test_exact_is_that_of_scipy(total, share, confidence):
    events = round(share * total)
    expected = binomtest(events, total).proportion_ci(confidence, method="exact")
    found = exact(events, total, confidence)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(total=st.integers(1, 500), confidence=st.floats(0.5, 0.999))
def test_none_and_all_are_limits_of_themselves(total, confidence):
    assert wilson(0, total, confidence=confidence).lower == 0.0
    assert wilson(total, total, confidence=confidence).upper == 1.0


def test_nobody_has_no_share():
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="at least one patient, got 0 of 0"):
        exact(0, 0, 0.95)
