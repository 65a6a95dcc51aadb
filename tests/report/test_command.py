import json
import re
from urllib.parse import unquote

import pytest

from ctbone.errors import NothingUsable
from ctbone.report import ReportConfig, report
from ctbone.runs import RunLog
from tests.report.runs import ROWS, bodies_of, make_run

INDEX = "study_uid,patient_id,slices,share\n1.2,abc,71.4333,0.00213\n1.3,<def>,,\n"


def left_by(folder, command, *, files=(), config=None, exit_code=0, **log):
    run = RunLog(command, {"export": "x", **(config or {})}, **log)
    run.write(folder, exit_code=exit_code)
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def page_of(folder):
    report(ReportConfig(run=folder))
    return (folder / "report" / "index.html").read_text()


def test_tables_show_counts_and_no_pseudonyms_and_text_is_no_markup(tmp_path):
    left_by(tmp_path, "index", files=[("studies.csv", INDEX)], counts={"found": 2}, warnings=["!"])
    page = page_of(tmp_path)
    assert '>71.4</td><td class="number" data-number="0.00213">0.00213</td>' in page
    assert '<th scope="row">found</th><td class="number" data-number="2.0">2</td>' in page
    assert '<p class="note">!</p>' in page
    assert "<def>" not in page
    assert "patient_id" not in page


def test_runs_below_a_folder_stand_in_reading_order(tmp_path):
    for name, command in (("a", "simulate"), ("b", "screen"), ("c", "pool")):
        left_by(tmp_path / name, command)
    page = page_of(tmp_path)
    assert page.index("<h2>pool") < page.index("<h2>screen") < page.index("<h2>simulate")


def test_long_tables_say_what_they_leave_out(tmp_path):
    rows = "".join(f"1.{n},p,1,\n" for n in range(503))
    left_by(tmp_path, "index", files=[("studies.csv", INDEX.splitlines()[0] + "\n" + rows)])
    assert "3 further rows stand in the CSV file" in page_of(tmp_path)


def test_a_table_without_rows_says_so(tmp_path):
    left_by(tmp_path, "index", files=[("studies.csv", INDEX.splitlines()[0] + "\n")])
    page = page_of(tmp_path)
    assert '<h3 class="block">Studies</h3>' in page
    assert "There are none." in page
    assert 'aria-label="Studies"' not in page


def test_a_folder_without_runs_is_nothing_usable(tmp_path):
    with pytest.raises(NothingUsable, match=r"expected run\.json"):
        report(ReportConfig(run=tmp_path))


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ValueError, match="expected the folder of a run at absent, found none"):
        report(ReportConfig(run=tmp_path / "absent"))


FOREIGN = (
    "{",
    json.dumps([1]),
    json.dumps({"a": 1}),
    json.dumps({"command": 5}),
    json.dumps({"command": "screen", "counts": 5}),
    json.dumps({"command": "screen", "warnings": "none"}),
    json.dumps({"command": "screen", "seconds": [1]}),
)


@pytest.mark.parametrize("text", FOREIGN)
def test_a_foreign_run_json_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=r"run\.json"):
        report(ReportConfig(run=tmp_path))


@pytest.mark.parametrize(("confidence", "shown"), [(0.9, "90 %"), (0.975, "97.5 %")])
def test_intervals_are_named_by_their_confidence(tmp_path, confidence, shown):
    for command, name in (("pool", "summary.csv"), ("evaluate", "accuracy.csv")):
        files = [(name, "target,estimate\nnormal,0.9\n")]
        left_by(tmp_path / command, command, files=files, config={"confidence": confidence})
    page = page_of(tmp_path)
    assert f"Pooled accuracy with {shown} intervals" in page
    assert f"Accuracy with {shown} intervals" in page
    assert "95 %" not in page


def test_a_ragged_table_is_left_out_and_said(tmp_path):
    files = [
        ("accuracy.csv", "group,target,n\nall,normal\n"),
        ("confusion_matrices.csv", "study,tp\nStudy A,1\n"),
    ]
    left_by(tmp_path, "evaluate", files=files)
    page = page_of(tmp_path)
    expected = "accuracy.csv, line 2: expected a cell a column, found 2 cells for 3 columns"
    assert f"Not shown: {expected}." in page
    assert "Study A" in page


def test_a_table_is_read_as_all_others_are(tmp_path):
    text = "\ufeffstudy,tp\r\n\r\nStudy A,1\r\n"
    left_by(tmp_path, "evaluate", files=[("confusion_matrices.csv", text)])
    row = '<th scope="row">Study A</th><td class="number" data-number="1.0">1</td>'
    assert row in page_of(tmp_path)


def test_a_table_without_rows_is_shown_empty(tmp_path):
    left_by(tmp_path, "evaluate", files=[("confusion_matrices.csv", "study,tp\n")])
    page = page_of(tmp_path)
    assert "The 2x2 tables that a meta-analysis reads" in page
    assert "Not shown" not in page


@pytest.mark.parametrize(("code", "why"), [(1, "cut off or failed"), (3, "nothing in the input")])
def test_a_run_that_did_not_end_well_says_so(tmp_path, code, why):
    left_by(tmp_path, "pool", exit_code=code)
    assert why in page_of(tmp_path)


def test_figures_become_part_of_the_page_and_spoiled_ones_are_said(tmp_path):
    sound = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/></svg>'
    files = [("figures/roc.svg", sound), ("figures/sroc.svg", sound), ("figures/x.svg", "<a/>")]
    left_by(tmp_path, "pool", files=files)
    page = page_of(tmp_path)
    assert 'id="f1-a"' in page
    assert 'id="f2-a"' in page
    assert "Not shown: x.svg: expected an SVG file, found the element a." in page


def test_a_run_with_a_page_of_its_own_shows_a_few_figures_and_the_way_there(tmp_path):
    sound = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    files = [(f"figures/{name}.svg", sound) for name in ("forest", "sroc_normal", "fagan")]
    left_by(tmp_path / "pooled here", "pool", files=[*files, ("pooling.html", "whole")])
    page = page_of(tmp_path)
    assert 'href="pooled%20here/pooling.html"' in page
    assert (tmp_path / "report" / "pooled here" / "pooling.html").read_text() == "whole"
    assert "<figcaption>forest</figcaption>" in page
    assert "<figcaption>sroc normal</figcaption>" in page
    assert "fagan" not in page


def test_many_notes_are_folded(tmp_path):
    left_by(tmp_path, "pool", warnings=[f"note {i}" for i in range(5)])
    assert "<summary>5 notes</summary>" in page_of(tmp_path)


def test_names_of_rows_are_no_numbers_and_words_are_none(tmp_path):
    files = [("summary.csv", "target,estimate\n1.50,inf\n")]
    left_by(tmp_path, "pool", files=files)
    assert '<th scope="row">1.50</th><td>inf</td>' in page_of(tmp_path)


def test_a_screening_run_without_its_tables_says_what_is_missing(tmp_path):
    left_by(tmp_path, "screen", counts={"found": 2})
    page = page_of(tmp_path)
    assert "There is no worklist: expected vertebrae.csv, found no such file." in page
    assert '<th scope="row">found</th>' in page


def test_what_links_lead_to_is_in_the_folder(tmp_path):
    make_run(tmp_path / "a b", pictures=("1.2",))
    make_run(tmp_path / "screen")
    make_run(tmp_path / "found", ROWS[1:2], command="localise", bodies=bodies_of("1.2"))
    make_run(tmp_path)
    report(ReportConfig(run=tmp_path))
    folder = tmp_path / "report"
    names = sorted(p.parent.name for p in folder.glob("*/worklist.html"))
    assert names == ["a b", "found", "screen", "screen_2"]
    for page in folder.rglob("*.html"):
        for link in re.findall('(?:href|src)="([^"#]+)"', page.read_text()):
            target = (page.parent / unquote(link)).resolve()
            assert target.is_file(), (page, link)
            assert target.is_relative_to(folder.resolve())


def test_a_folder_is_shown_as_it_is_called(tmp_path, capsys):
    folder = tmp_path / "[" / "a]"
    left_by(folder / "index", "index")
    (folder / "[b]").mkdir()
    (folder / "[b]" / "ledger.sqlite3").touch()
    report(ReportConfig(run=folder))
    said = capsys.readouterr().out
    assert "Note: [b] is left out: its run has not ended\n" in said
    assert said.endswith(f"Report: {folder / 'report' / 'index.html'}\n")
