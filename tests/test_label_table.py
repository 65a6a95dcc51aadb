"""The page about masks shows the numbers that the package knows, and no others."""

import runpy
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[1] / "scripts" / "label_table.py"))


def test_the_page_is_as_the_script_writes_it():
    page = SCRIPT["PAGE"].read_text(encoding="utf-8")
    assert SCRIPT["refresh"](page) == page


def test_a_row_holds_the_numbers_of_a_level():
    rows = SCRIPT["table"]().splitlines()
    assert len(rows) == 2 + 27
    assert "| L1 | 20 | 31 | 22 | 22 | 66794005 L1 vertebra |" in rows
    assert "| T13 | 28 |  |  |  | 122495006 Thoracic spine |" in rows


def test_a_page_without_a_place_for_it_is_refused():
    with pytest.raises(ValueError, match="expected <!-- label table: begin"):
        SCRIPT["refresh"]("no table here")
