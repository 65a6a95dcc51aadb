from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation import AssessmentOptions, assess
from ctbone.evaluation.checklist import fill, shipped_checklists
from ctbone.evaluation.measures.comparison import compare
from ctbone.evaluation.measures.thresholds import choose_threshold, report_threshold
from ctbone.evaluation.page import further_tables, tables
from ctbone.evaluation.page.cells import count, number, p_value, plain, ratio, share
from ctbone.evaluation.subgroups import assess_subgroups, subgroups
from ctbone.records import BoneCategory, Interval
from ctbone.rules import shipped_rule

from ..conftest import make_reference, make_result  # noqa: TID252 - fixtures of the room

POROSIS = BoneCategory.OSTEOPOROSIS


@pytest.fixture
def whole(cases):
    return assess("all_patients", cases, options=AssessmentOptions(rule=shipped_rule("acr_qct")))


def texts(table, *, first):
    """Return the cells of the rows that begin so."""
    rows = [[cell.text for cell in row] for row in table.cells]
    return [row for row in rows if row[: len(first)] == list(first)]


def test_numbers_read_as_people_write_them():
    value = Interval(0.5, 0.25, 0.75)
    assert share(value).text == "50.0 (25.0 to 75.0)"
    assert ratio(value, 1).text == "0.5 (0.2 to 0.8)"
    assert (count(3).text, number(1.234).text) == ("3", "1.23")
    assert (share(None).text, ratio(None).text, number(None).text) == ("not given",) * 3
    assert share(None).number is None
    assert [p_value(p).text for p in (0.0004, 0.04, None)] == ["<0.001", "0.040", "not given"]
    assert plain("internal_test") == "internal test"


def test_the_headline_holds_every_target_and_the_missing(whole):
    table = tables.headline([whole], 0.95)
    (row,) = texts(table, first=("all patients", "osteoporosis"))
    assert row[2:4] == ["8", "1"]
    assert row[4].startswith("66.7 (")
    assert len(table.rows) == 3


def test_targets_leave_out_what_nobody_has(whole):
    table = tables.targets(whole, 0.9)
    assert texts(table, first=("True positives",)) == [["True positives", "2", "1", "1"]]
    assert not texts(table, first=("Brier score",))
    assert table.note.startswith("90 % limits in brackets. ")
    assert "osteopenia: No score" in table.note


def test_the_matrix_adds_up_with_the_missing(whole):
    table = tables.matrix(whole)
    assert texts(table, first=("normal",)) == [["normal", "1", "1", "0", "1", "3"]]


def test_intention_to_diagnose_counts_the_missing_as_wrong(whole):
    table = further_tables.intention([whole])
    (row,) = texts(table, first=("all patients", "normal"))
    # One normal patient has no result: a miss of normal, a false alarm of the others.
    assert row[2:8] == ["1", "0", "1", "0", "2", "5"]
    (row,) = texts(table, first=("all patients", "osteoporosis"))
    assert row[2:8] == ["0", "1", "2", "2", "1", "3"]


def test_cut_offs_are_those_of_the_sweep(whole):
    found = whole.targets[POROSIS].cutoffs
    table = further_tables.cutoffs(found, "osteoporosis")
    assert texts(table, first=("80",)) == [
        ["80", "2", "1", "1", "3", *[cell.text for cell in table.cells[12][5:]]]
    ]
    assert "acr_qct cuts at 80" in table.note
    assert len(further_tables.reference_cutoffs(whole).rows) > 3


def test_prevalences_are_those_of_the_options(whole):
    table = further_tables.predictive(whole)
    assert [cell.text for row in table.cells for cell in row[1:2]] == ["10 %", "20 %", "30 %"] * 3


def test_a_threshold_tells_where_it_was_chosen(cases):
    other = [type(c)(reference=make_reference(i + 50, b), result=make_result(i + 50, b))
             for i, (c, b) in enumerate(zip(cases, (70, 60, 130, 100), strict=False))]  # fmt: skip
    report = report_threshold(choose_threshold(other, POROSIS, sensitivity=1.0), cases)
    table = further_tables.thresholds([("external_test", report)])
    (row,) = texts(table, first=("external test",))
    # At or below 70: of the index test 70, healthy, and 55, diseased.
    assert row[1:5] == ["1", "1", "2", "3"]
    assert row[-1] == "1"
    assert "2 of 2 validation patients" in table.note


def test_a_comparison_tells_both_and_their_difference(cases):
    worse = [type(c)(reference=c.reference, result=make_result(i, 100.0 if i % 2 else 75.0))
             for i, c in enumerate(cases)]  # fmt: skip
    table = further_tables.comparison(compare(cases, worse))
    (row,) = texts(table, first=("osteoporosis", "sensitivity, %"))
    assert row[2:4] == ["66.7", "66.7"]
    assert "Compared: 7 patients with a result of both." in table.note
    assert "Without a result of this one: 1; of the other: 0." in table.note


def test_subgroups_show_their_caution(cases):
    rows = assess_subgroups(subgroups(cases))
    table = tables.subgroups(rows, POROSIS, "all")
    (row,) = texts(table, first=("site", "A"))
    assert row[2:4] == ["8", "1"]
    assert "too few" in row[-1]


def test_checklists_are_shown_with_their_states():
    filled = [(one, fill(one, {"flow": "They came."})) for one in shipped_checklists()]
    table = tables.checklist(*filled[0])
    (row,) = texts(table, first=("19",))
    assert row[2:] == ["answered", "They came.", ""]
    states = tables.checklist_states(filled)
    for name, answered, part, left, total in ([c.text for c in r] for r in states.cells):
        assert int(answered) + int(part) + int(left) == int(total), name


def test_indeterminate_results_are_shown_in_three_ways(cases):
    marked = [replace(c, result=replace(c.result, indeterminate=i < 2)) for i, c in
              enumerate(cases)]  # fmt: skip
    table = further_tables.indeterminate(assess("all_patients", marked))
    assert [row[1] for row in table.rows[:3]] == ["left out", "as positive", "as negative"]
    (left_out,) = texts(table, first=("osteoporosis", "left out"))
    assert sum(map(int, left_out[2:6])) == 5
