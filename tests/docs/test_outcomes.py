"""docs/outcomes.md names every column, reason and flag that a run can have, and no other."""

import re
from dataclasses import fields

from ctbone.errors import Reason
from ctbone.evaluation.files.accuracy_tables import ACCURACY_COLUMNS
from ctbone.ingest.command import StudyRow
from ctbone.ingest.select import SeriesVerdict
from ctbone.interchange.lines import LINE_COLUMNS
from ctbone.interchange.outcomes import REJECTION_COLUMNS, RESULT_COLUMNS, VERTEBRA_COLUMNS
from ctbone.interchange.tables import TABLE_COLUMNS
from ctbone.pooling.document import SUMMARY_COLUMNS
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


def test_other_tables_have_the_columns_that_they_are_said_to_have():
    stack = ("study_uid", *(item.name for item in fields(SeriesVerdict)))
    had = {
        "rejections.csv": REJECTION_COLUMNS,
        "lines.csv": LINE_COLUMNS,
        "series.csv": stack,
        "studies.csv": StudyRow._fields,
        "confusion_matrices.csv": TABLE_COLUMNS,
        "accuracy.csv": ACCURACY_COLUMNS,
        "summary.csv": SUMMARY_COLUMNS,
    }
    section = PAGE.partition("\n## Other tables\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([\w.]+)` of .*? \| (.*) \|$", section, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", text)) for name, text in told} == had


def test_every_reason_is_told_once():
    assert sorted(named("Reasons")) == sorted(Reason)


def test_flags_say_on_the_page_what_they_say_in_reports():
    assert {names[0]: text for names, text in rows("Flags")} == FLAGS
    assert named("Flags") == list(Flag)
