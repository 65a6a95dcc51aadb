from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.interchange.counts import MAX_COUNT, to_count


@given(count=st.integers(0, MAX_COUNT), zeros=st.integers(0, 3), fraction=st.integers(0, 3))
def test_whole_numbers_are_read_as_programs_write_them(count, zeros, fraction):
    text = f"{'0' * zeros}{count}{'.' * (fraction > 0)}{'0' * max(0, fraction - 1)}"
    assert to_count({"tp": text}, "tp", "t.csv, line 2") == count


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "+1", "1.5", "1,0", "1e3", "nan", "\u0663", "\uff11", "\u00b2", "9" * 9000),
        *(str(MAX_COUNT + 1), "1_0", "=1+1", " 1"),
    ],
)
def test_nothing_else_is(text):
    found = "an empty cell" if not text else "'" + text[:40]
    with pytest.raises(ValueError, match=r"t\.csv, line 2: expected a whole number") as caught:
        to_count({"tp": text}, "tp", "t.csv, line 2")
    assert f"in tp, found {found}" in str(caught.value)
    assert len(str(caught.value)) < 120
