"""The spines that people have."""

from __future__ import annotations

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.naming.spines import Looks, known_spines

V = VertebralLevel


def shares(holds):
    return sum(spine.share for spine in known_spines() if holds(spine))


def look_of(spine, level):
    return spine.looks[spine.levels.index(level)]


def test_shares_sum_to_one_and_most_spines_are_regular():
    assert shares(lambda spine: True) == pytest.approx(1.0)
    assert shares(lambda spine: len(spine.levels) == 25) == pytest.approx(0.917, abs=0.005)
    assert shares(lambda spine: V.L6 in spine.levels) == pytest.approx(0.038, abs=0.001)
    assert shares(lambda spine: V.L5 not in spine.levels) == pytest.approx(0.041, abs=0.002)


def test_looks_change_at_the_landmarks_alone():
    for spine in known_spines():
        assert list(spine.levels) == sorted(spine.levels, key=lambda level: level.order)
        assert list(spine.looks) == sorted(spine.looks)
        assert spine.levels[-1] is V.S1
        assert spine.looks[-1] is Looks.SACRAL
        assert look_of(spine, V.T1) is Looks.FIRST_RIBBED
        for once in (Looks.FIRST_RIBBED, Looks.LAST_RIBBED, Looks.FIRST_LUMBAR, Looks.LAST_LUMBAR):
            assert spine.looks.count(once) == 1


def test_ribs_end_where_they_do_in_people():
    """Eleven pairs in half of the short columns and 0.8 % of others; ribs on L1 in 4 %."""
    eleven = shares(lambda spine: look_of(spine, V.T12) is Looks.FIRST_LUMBAR)
    assert eleven == pytest.approx(0.041 * 0.5 + 0.959 * 0.008, abs=0.002)
    assert shares(lambda s: look_of(s, V.L1) is Looks.LAST_RIBBED) == pytest.approx(
        0.04, abs=0.002
    )
