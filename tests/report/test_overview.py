from dataclasses import replace

import pytest

from ctbone.pages import Folded, Gallery, Note, Table
from ctbone.report.drift import FEW, MOST_SCANNERS, left_out, months_of
from ctbone.report.overview import chart_of, overview
from ctbone.report.runs import read_runs
from ctbone.report.studies import read_studies
from tests.report.runs import NORMAL, ROWS, SCREENED, make_run


def told(folder, rows=ROWS, **log):
    (run,) = read_runs(make_run(folder, rows, **log))
    studies = read_studies(run)
    return studies, list(overview(run, studies))


def notes(blocks):
    return [block.text for block in blocks if isinstance(block, Note)]


def many(values, **options):
    return [
        replace(SCREENED, study_uid=f"1.2.{n}.{len(values)}", trabecular_hu=value, **options)
        for n, value in enumerate(values)
    ]


def test_every_study_is_in_the_flow_chart(tmp_path):
    studies, _ = told(tmp_path)
    chart = chart_of(studies)
    assert [step.stay for step in chart.steps] == ["3 studies found", "2 studies screened"]
    assert chart.steps[0].leave == ("1 study without a result", "\u2022 too few slices: 1")
    assert chart.last == (("normal", "1 study"), ("osteoporosis", "1 study"))


def test_figures_reasons_and_seconds_are_told(tmp_path):
    _, blocks = told(tmp_path, seconds={"read": 3.0})
    (gallery,) = [block for block in blocks if isinstance(block, Gallery)]
    assert [figure.alt for figure in gallery.items] == [
        "The way of studies through the run.", "Trabecular BMD by category.",
    ]  # fmt: skip
    tables = {b.title: b.rows for b in blocks if isinstance(b, Table)}
    reason, stage, number, share = tables["Why there is no result"][0]
    assert (reason, stage, number.text, share.text) == ("too few slices", "select", "1", "33.3")
    assert [cell.text for cell in tables["Time"][0][1:]] == ["3.0", "1.00"]


def test_a_month_has_its_median_quartiles_and_number(tmp_path):
    studies, _ = told(tmp_path, many([100.0, 110.0, 130.0, 120.0, 90.0]))
    (month,) = months_of(studies, "trabecular_hu")
    assert (month.scanner, month.month, month.number) == ("siemens-3f2a9c", "2024-02", FEW)
    assert (month.lower, month.median, month.upper) == (100.0, 110.0, 120.0)
    assert not month.is_sparse
    assert months_of(studies[:4], "trabecular_hu")[0].is_sparse


def test_drift_stands_in_a_figure_and_in_numbers_and_says_what_it_cannot_tell(tmp_path):
    rows = [*many([100.0, 110.0]), *many([90.0], study_month="2024-05", scanner="ge-77b0aa")]
    _, blocks = told(tmp_path, rows)
    (drift,) = [
        b for b in blocks if isinstance(b, Folded) and b.summary.startswith("Trabecular att")
    ]
    assert [row[:2] for row in drift.blocks[0].rows] == [
        ("siemens-3f2a9c", "2024-02"), ("ge-77b0aa", "2024-05"),
    ]  # fmt: skip
    texts = [getattr(block, "text", "") or getattr(block, "alt", "") for block in blocks]
    assert any("patients who are sent to it" in text for text in texts)
    assert any("Hollow: fewer than 5 studies" in text for text in texts)


def test_an_unknown_month_and_scanner_are_said(tmp_path):
    rows = [
        *many([100.0, 110.0], study_month=""),
        *many([90.0], scanner="", manufacturer="", kvp=None),
    ]
    _, blocks = told(tmp_path, rows)
    assert (
        "Trabecular attenuation: the month of 2 studies is not known; they are in no line."
        in notes(blocks)
    )
    assert any("1 study of no known scanner" in note for note in notes(blocks))


def test_no_scanner_at_all_leaves_drift_out_with_a_sentence(tmp_path):
    _, blocks = told(tmp_path, many([90.0], scanner="", manufacturer="", kvp=None))
    assert any(note.startswith("Drift of Trabecular attenuation cannot") for note in notes(blocks))


def test_of_many_scanners_those_with_most_studies_are_told_apart(tmp_path):
    rows = [
        row for n in range(MOST_SCANNERS + 2) for row in many([1.0] * (n + 1), scanner=f"s{n}")
    ]
    (run,) = read_runs(make_run(tmp_path, rows, bodies=()))
    studies = read_studies(run)
    found = {month.scanner for month in months_of(studies, "trabecular_hu")}
    assert found == {f"s{n}" for n in range(2, MOST_SCANNERS + 2)}
    assert left_out(studies, "trabecular_hu") == (2, 0)


@pytest.mark.parametrize(
    "rows",
    [(), ROWS[1:2], (replace(NORMAL, bmd_mg_cm3=None, trabecular_hu=None, quantity="binary"),)],
)
def test_runs_without_values_have_an_overview(tmp_path, rows):
    _, blocks = told(tmp_path, rows, bodies=())
    assert isinstance(blocks[0], Gallery)
    assert len(blocks[0].items) == 1
