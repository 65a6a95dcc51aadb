import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from ctbone.errors import Reason
from ctbone.records import Rejection
from ctbone.runs import RunLog
from ctbone.screening import progress
from ctbone.screening.progress import Tally, report, shown


def rejection(reason=Reason.METAL):
    return Rejection(
        study_uid="1", patient_id="p", reason=reason, detail="", stage="locate", seconds=1.0
    )


def test_headers_are_read_first():
    assert Tally().line() == "reading headers"


def test_a_line_has_counts_by_reason_and_the_time_left(monkeypatch):
    tally = Tally()
    tally.begin(300)
    tally.already = 100
    for reason in [Reason.METAL] * 3 + [Reason.NOT_CT]:
        tally.count(rejection(reason))
    now = tally.began + 240.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    # Four took four minutes, and 196 are left.
    assert tally.line() == (
        "104 of 300 studies, 100 before, metal 3, not_ct 1, about 3 h 16 min left"
    )


def test_no_time_is_left_once_all_are_done_and_none_is_known_before_the_first():
    tally = Tally()
    tally.begin(1)
    assert tally.line() == "0 of 1 studies"
    tally.count(rejection())
    assert tally.line() == "1 of 1 studies, metal 1"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_line_is_shown_whether_or_not_a_study_ends(monkeypatch, is_terminal):
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80)
    monkeypatch.setattr(progress, "plain_console", lambda **_: console)
    with shown(Tally(), every_s=0.01):
        deadline = time.monotonic() + 60.0
        while "reading headers" not in written.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "reading headers" in written.getvalue()


def test_a_folder_is_shown_as_it_is_called(capsys):
    report(RunLog("screen", None, warnings=["see [/b]"]), Path("out/[/a]"))
    said = capsys.readouterr().out
    assert said.endswith("Note: see [/b].\nResults: out/[/a]/results.csv\n")
