"""Comparisons hold a time or a reason, and give ratios where there are both times."""

from __future__ import annotations

import pytest

from benchmarks.comparison import Comparison, Timing, listing

OWN = Timing(program="ctbone", wall_s=2.0, peak_mb=90.4)
SLOW = Timing(program="slow", wall_s=5.0, cpu_s=7.0)
ABSENT = Timing(program="absent", note="absent is not installed")


def test_a_peer_without_a_time_has_no_ratio_but_a_note():
    found = Comparison(task="read", own=OWN, peers=(SLOW, ABSENT), floor_s=0.5)
    assert found.ratio(SLOW) == 2.5
    assert found.ratio(ABSENT) is None
    assert found.times_floor() == 4.0
    plain = found.plain()
    assert plain["ratios"] == {"slow": 2.5, "absent": None}
    assert plain["peers"][1]["note"] == "absent is not installed"
    with pytest.raises(ValueError, match="a time of absent or a note"):
        Timing(program="absent")


def test_ctbone_itself_has_to_have_a_time():
    with pytest.raises(ValueError, match="read: ctbone has no time: pydicom is not installed"):
        Comparison(task="read", own=Timing(program="ctbone", note="pydicom is not installed"))


def test_a_listing_has_a_line_for_each_program_and_for_the_floor():
    found = listing([Comparison(task="read", own=OWN, peers=(SLOW, ABSENT), floor_s=0.5)])
    header, floor, own, slow, absent = (line.split() for line in found.splitlines())
    assert header[:2] == ["task", "program"]
    assert floor == ["read", "floor", "0.5000", "1.0"]
    assert own == ["read", "ctbone", "2.0000", "90", "1.00", "4.0"]
    assert slow == ["read", "slow", "5.0000", "7.0000", "2.50", "10.0"]
    assert absent == ["read", "absent", "absent", "is", "not", "installed"]
