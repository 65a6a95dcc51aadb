from __future__ import annotations

import pytest

from ctbone.pooling.moderators.multiplicity import holm


def test_holm_is_that_of_r():
    # p.adjust(c(0.04, 0.001, 0.03, 0.8, 0.013), "holm") of R 4.2.2.
    found = holm({"a": 0.04, "b": 0.001, "c": 0.03, "d": 0.8, "e": 0.013})
    assert list(found) == ["a", "b", "c", "d", "e"]
    assert list(found.values()) == pytest.approx([0.09, 0.005, 0.09, 0.8, 0.052])


def test_one_probability_and_none_stay_what_they_are():
    assert holm({"a": 0.3}) == {"a": 0.3}
    assert holm({}) == {}
    assert holm({"a": 0.7, "b": 0.6}) == {"a": 1.0, "b": 1.0}
