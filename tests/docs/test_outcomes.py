"""docs/outcomes.md names every column, reason and flag that a run can have, and no other."""

import re

from ctbone.errors import Reason
from ctbone.interchange.outcomes import RESULT_COLUMNS, VERTEBRA_COLUMNS
from ctbone.records import Flag
from ctbone.report.words import FLAGS
from tests.docs.checking import ROOT

PAGE = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")


def rows(heading):
    """Return the rows of the table below a heading: names of the first cell, and the second."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \| (.*) \|$", section, re.MULTILINE)
    return [(re.findall(r"`(\w+)`", names), text) for names, text in cells]


def named(heading):
    return [name for names, _ in rows(heading) for name in names]


def test_every_column_is_told_once():
    assert sorted(named("`results.csv`")) == sorted(RESULT_COLUMNS)
    assert sorted(named("`vertebrae.csv`")) == sorted(VERTEBRA_COLUMNS)


def test_every_reason_is_told_once():
    assert sorted(named("Reasons")) == sorted(Reason)


def test_flags_say_on_the_page_what_they_say_in_reports():
    assert {names[0]: text for names, text in rows("Flags")} == FLAGS
    assert named("Flags") == list(Flag)
