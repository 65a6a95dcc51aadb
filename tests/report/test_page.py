import json

import pytest

from ctbone.errors import NothingUsable
from ctbone.report import ReportConfig, report
from ctbone.runs import RunLog

RESULTS = """study_uid,patient_id,status,reason,bmd_mg_cm3,p_normal
1.2,abc,screened,,71.4333,0.00213
1.3,def,rejected,<localizer>,,
"""


def left_by(folder, command, *, files=(), **log):
    run = RunLog(command, {"export": "x"}, **log)
    run.write(folder)
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def page_of(folder):
    report(ReportConfig(run=folder))
    return (folder / "report.html").read_text()


def test_a_screening_run_shows_counts_studies_and_pictures(tmp_path):
    files = [("results.csv", RESULTS), ("pictures/1.2.png", "")]
    left_by(tmp_path, "screen", files=files, counts={"found": 2}, warnings=["no --model"])
    page = page_of(tmp_path)
    assert "<td>71.4</td><td>0.00213</td>" in page
    assert 'src="pictures/1.2.png"' in page
    assert "no --model" in page
    assert "<td>found</td><td>2</td>" in page


def test_text_from_files_cannot_become_markup(tmp_path):
    left_by(tmp_path, "screen", files=[("results.csv", RESULTS)])
    page = page_of(tmp_path)
    assert "&lt;localizer&gt;" in page
    assert "<localizer>" not in page


def test_pseudonyms_are_not_shown(tmp_path):
    left_by(tmp_path, "screen", files=[("results.csv", RESULTS)])
    assert "patient_id" not in page_of(tmp_path)


def test_runs_below_a_folder_stand_in_reading_order(tmp_path):
    for name, command in (("a", "simulate"), ("b", "screen"), ("c", "pool")):
        left_by(tmp_path / name, command)
    page = page_of(tmp_path)
    assert page.index("<h2>pool") < page.index("<h2>screen") < page.index("<h2>simulate")


def test_long_tables_say_what_they_leave_out(tmp_path):
    rows = "".join(f"1.{n},p,rejected,not_ct,,\n" for n in range(503))
    text = RESULTS.splitlines()[0] + "\n" + rows
    left_by(tmp_path, "screen", files=[("results.csv", text)])
    assert "3 further rows stand in the CSV file" in page_of(tmp_path)


def test_a_folder_without_runs_is_nothing_usable(tmp_path):
    with pytest.raises(NothingUsable, match=r"expected run\.json"):
        report(ReportConfig(run=tmp_path))


@pytest.mark.parametrize("text", ["{", json.dumps([1]), json.dumps({"a": 1})])
def test_a_foreign_run_json_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=r"run\.json"):
        report(ReportConfig(run=tmp_path))
