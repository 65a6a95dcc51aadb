"""A review from its first key to review.csv, in a browser, by keys alone."""

import json
import re
from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.interchange.review import read_review
from ctbone.report import ReportConfig, report
from tests.report.browser import ACTS, needs_browser, opened, told
from tests.report.runs import NORMAL, REJECTED, SCREENED, bodies_of, make_run

pytestmark = needs_browser

T10, T11, T12, L1, L2 = (VertebralLevel[name] for name in ("T10", "T11", "T12", "L1", "L2"))

HOSTILE = '</script><img src=x onerror="document.title=1">'
ODD = replace(REJECTED, study_uid=f"<b>{HOSTILE}", detail=HOSTILE, reason=Reason.METAL)
ROWS = (SCREENED, REJECTED, NORMAL, ODD)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    bodies = [*bodies_of("1.2", ("T11", "T12", "L1", "L2")), *bodies_of("1.10")]
    make_run(folder, ROWS, pictures=("1.2", "1.10"), bodies=bodies)
    report(ReportConfig(run=folder))
    return folder / "report" / "screen" / "worklist.html"


def test_the_script_runs_under_the_policy_of_its_page_and_data_run_nothing(page):
    found = opened(page, "--blink-settings=preferredColorScheme=0")
    assert 'class="wide scripted"' in found
    assert "<title>Worklist: screen</title>" in found
    assert found.count('aria-current="true"') == 1
    assert '<img src="x"' not in found


def check(written, path):
    """Hold a file that the page saved to what was typed, and to who reads it."""
    head, first, second, third, end = written.split("\n")
    assert head == "study_uid,verdict,relabel,note,reviewer,reviewed_on"
    assert first.startswith("1.2,relabel,T11=T10 T12=T11 L1=T12 L2=L1,,AB,20")
    assert second == '1.3,reject,,"cut, ""L1""'
    assert third.startswith('seen",AB,20')
    assert end == ""
    path.write_text(written, encoding="utf-8")
    review = read_review(path)
    assert list(review) == ["1.2", "1.3"]
    assert review["1.2"].relabel == {T11: T10, T12: T11, L1: T12, L2: L1}
    assert review["1.3"].note == 'cut, "L1"\nseen'


def test_keys_alone_make_a_review(page):
    said = told(page, ACTS.joinpath("review.js").read_text())
    assert said["first"] == [True, "1.2", 4]
    assert said["opened"] == ["1.2", "pictures/1.2.png", "study-title"]
    limited = "71.4 (60.0\u00a0to\u00a082.9)"
    assert said["facts"][:4] == ["screened", "osteoporosis", limited, "L1 L2"]
    assert said["second"][:2] == ["1.3", True]
    assert said["second"][2].startswith("Accepted 1.2.")
    assert said["typing"] == "1.3"
    assert said["names"] == ["T12", "L1", "L2", "L3"]
    assert said["up"] == ["T10", "T11", "T12", "L1"]
    assert said["same"] == "every vertebra keeps its name: accept the study instead"
    assert said["twice"] == "two vertebrae would be called L2"
    assert said["after"] == "1.3"
    assert said["undone"][0] == "Undone: 1.10."
    assert said["undone"][1] == "1.10"
    assert said["keeps"] == "typed after"
    assert said["list"] == ["1.10", True]
    assert said["verdicts"] == ["\u21c4 relabel", "\u2715 reject with a note", "", ""]
    assert said["before"] == "2 of 4 reviewed, 2 not saved"
    assert said["saved"] == "2 of 4 reviewed, all saved"
    assert said["help"] is True
    (written,) = said["written"]
    check(written, page.parent / "review.csv")
    again = told(
        page,
        "told.kept = [one('.unsaved').textContent, one('[placeholder=initials]').value];",
        store=said["store"],
        user="another",
    )
    assert again["kept"] == ["2 of 4 reviewed, all saved", "AB"]


def test_back_leads_from_any_study_to_the_list_and_closing_one_leaves_no_step(page):
    said = told(page, ACTS.joinpath("history.js").read_text(), user="back")
    assert said["steps"] == 1
    assert said["quick"] == "1.10"
    assert said["back"] == ["list", "1.10"]
    assert said["forward"] == ["1.10", 4]
    assert said["closed"] == ["list", None]


def test_no_width_is_too_narrow_for_the_list(page):
    source = json.dumps(page.read_text(encoding="utf-8")).replace("<", "\\u003c")
    act = f"const source = {source};\n{ACTS.joinpath('widths.js').read_text()}"
    said = told(page, act, user="widths")
    assert said == {"beyond": [0] * 6, "rows": 4}


def test_paper_shows_the_list_alone_across(page):
    printed = page.with_suffix(".pdf")
    opened(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer", user="paper")
    (size,) = re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)", printed.read_bytes())
    assert [int(side) for side in size] == [841, 594]


def test_names_in_doubt_are_affirmed_by_leaving_them(tmp_path):
    doubt = {"evaluable": False, "reason": "level_uncertain", "runner_up": "L1"}
    sure, *unsure = bodies_of("1.7", ("T11", "T12", "L1"))
    uncertain = replace(REJECTED, study_uid="1.7", reason=Reason.LEVEL_UNCERTAIN)
    make_run(tmp_path, (uncertain,), bodies=[sure, *(row | doubt for row in unsure)])
    report(ReportConfig(run=tmp_path))
    page = tmp_path / "report" / "screen" / "worklist.html"
    acts = 'press("Enter", "l", "Enter", "s"); told.written = written;'
    (written,) = told(page, acts)["written"]
    saved = tmp_path / "review.csv"
    saved.write_text(written, encoding="utf-8")
    assert read_review(saved)["1.7"].relabel == {T12: T12, L1: L1}


def test_studies_are_found_and_an_earlier_review_goes_on_in_the_dark(page):
    said = told(
        page,
        ACTS.joinpath("finding.js").read_text(),
        "--blink-settings=preferredColorScheme=0",
        user="other",
    )
    assert said["normal"] == ["1.10"]
    assert said["metal"] == 1
    assert said["flag"] == ["1.2"]
    assert (said["focus"], said["text"], said["tally"]) == ("search", ["1.3"], "1 of 4 studies")
    assert said["none"] == "0 of 4 studies"
    assert (said["up"][:2], said["down"][:2]) == (["1.2", "1.10"], ["1.10", "1.2"])
    assert said["sort"] == "descending"
    assert [text.partition("Nothing was loaded: ")[2] for text in said["bad"]] == [
        "line 1: expected study_uid,verdict,relabel,note,reviewer,reviewed_on.",
        "line 2: expected accept, reject or relabel, found maybe.",
        "line 2: L9 is no vertebra of this study.",
        "line 3: a quoted cell has no end.",
        "line 3: the study stands twice.",
        "line 2: new names go with the verdict relabel, and with no other.",
        "line 2: expected a date as in 2026-06-21 in reviewed_on.",
        "line 2: expected each vertebra once in relabel.",
        "line 2: T9=X is no level.",
    ]
    assert said["nothing"].startswith("0 of 4 reviewed")
    assert said["good"].startswith("Loaded 1 verdict. Left out: 1 row of studies that")
    assert said["loaded"] == "1 of 4 reviewed, all saved"
    assert said["again"] == '1.2,relabel,L1=none,"two\r|lines",CD,2026-01-02|'
    assert said["undone"] == "0 of 4 reviewed, 1 not saved"
    assert said["withdrawn"] == "study_uid,verdict,relabel,note,reviewer,reviewed_on\n"
    assert said["excel"] == "Loaded 1 verdict."
    assert said["dark"][0] is True
    assert said["dark"][1:] == ["rgb(17, 22, 29)", "rgb(228, 233, 239)"]


def test_verdicts_stay_with_a_study_that_is_not_alone_any_more_under_its_names_alone(page):
    act = "press('a'); told.store = { ...localStorage };"
    store = told(page, act, user="alone")["store"]
    shown = "told.unsaved = one('.unsaved').textContent;"
    for name, levels, rows, expected in (
        ("grown", ("T11", "T12", "L1", "L2"), (*ROWS, replace(NORMAL, study_uid="1.1")), "1 of 5"),
        ("named", ("T10", "T11", "T12", "L1"), ROWS, "0 of 4"),
    ):
        folder = page.parents[2] / name
        bodies = [*bodies_of("1.2", levels), *bodies_of("1.10")]
        make_run(folder, rows, pictures=("1.2", "1.10"), bodies=bodies)
        report(ReportConfig(run=folder))
        again = folder / "report" / "screen" / "worklist.html"
        assert told(again, shown, store=store, user=f"../{name}")["unsaved"].startswith(expected)
