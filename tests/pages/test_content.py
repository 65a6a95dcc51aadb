from __future__ import annotations

import pytest

from ctbone.pages import Cell, Table


def test_rows_are_as_long_as_the_head():
    with pytest.raises(ValueError, match="Counts: expected 2 cells, found 1 in row 2"):
        Table(title="Counts", columns=("a", "b"), rows=(("x", "y"), ("z",)))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_cell_sorts_by_a_finite_number(number):
    with pytest.raises(ValueError, match="finite number"):
        Cell("x", number)


def test_columns_with_any_number_are_numeric():
    rows = (("A", Cell("1", 1.0), ""), ("B", "not given", "c"))
    assert Table(title="t", columns=("a", "b", "c"), rows=rows).is_numeric == (False, True, False)
    assert Table(title="t", columns=("a", "b"), rows=()).is_numeric == (False, False)
