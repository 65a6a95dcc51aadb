import itertools
import re
from dataclasses import replace

import pytest

from ctbone.records import Flag
from ctbone.report import ReportConfig, report
from ctbone.report.words import FLAGS, meaning
from tests.report.runs import NORMAL, REJECTED, SCREENED, make_run

HOSTILE = "</script><b>bold</b>"


@pytest.fixture
def folder(tmp_path):
    rows = (SCREENED, replace(REJECTED, study_uid="../../up", detail=HOSTILE), NORMAL)
    make_run(tmp_path, rows, pictures=("1.2",), weights={"w": "f00d"})
    report(ReportConfig(run=tmp_path))
    return tmp_path / "report" / "screen"


def words(page):
    return re.sub(r"<[^>]*>", " ", page.partition("<main>")[2])


def test_a_page_tells_all_that_is_known_without_a_script(folder):
    page = (folder / "studies/1.2.html").read_text()
    text = " ".join(words(page).split())
    for known in (
        "71.4 (60.0 to 82.9) mg/cm3", "95.0 HU", "osteoporosis", "L1, L2",
        "truncated: cut by the edge",
        "The tube potential is not 120 kV", "siemens-3f2a9c", "2024-02",
        "line-1234", "f00d", "1.2.9",
    ):  # fmt: skip
        assert known in text
    assert "<script" not in page
    assert "script-src 'none'" in page


def test_no_heading_skips_a_level(folder):
    for page in folder.parent.rglob("*.html"):
        levels = [0, *map(int, re.findall(r"<h(\d)", page.read_text()))]
        deeper = [after - before for before, after in itertools.pairwise(levels)]
        assert max(deeper) == 1, page.name


def test_pages_lead_to_their_neighbours_and_to_the_list(folder):
    (odd,) = folder.glob("studies/study-*.html")
    first, last = (folder / f"studies/{uid}.html" for uid in ("1.2", "1.10"))
    ways = [re.findall('<nav class="ways".*?</nav>', p.read_text())[0] for p in (first, odd, last)]
    assert [re.findall('href="([^"]*)"', way) for way in ways] == [
        ["../worklist.html", odd.name],
        ["../worklist.html", "1.2.html", "1.10.html"],
        ["../worklist.html", odd.name],
    ]


def test_nothing_of_the_data_is_markup_and_nothing_lies_outside(folder):
    assert sorted(p.name for p in folder.parent.iterdir()) == [
        ".ctbone-report",
        "index.html",
        "screen",
    ]
    assert len(list((folder / "studies").iterdir())) == 3
    for page in folder.rglob("*.html"):
        assert "<b>bold" not in page.read_text()
    worklist = (folder / "worklist.html").read_text()
    assert worklist.count("</script>") == 2
    assert HOSTILE.replace("<", "\\u003c").replace(">", "\\u003e") in worklist


def test_a_study_without_a_picture_says_so(folder):
    assert "This study has no picture." in (folder / "studies/1.10.html").read_text()


def test_the_list_is_whole_without_its_script(folder):
    body = (folder / "worklist.html").read_text().partition("<body")[2].partition("<script")[0]
    assert body.count("<tr") == 4
    assert 'src="thumbnails/1.2.jpg"' in body
    assert "too few slices" in body


def test_a_run_without_studies_has_a_list_that_says_so(tmp_path):
    make_run(tmp_path, ())
    report(ReportConfig(run=tmp_path))
    assert "This run found no study." in (tmp_path / "report/screen/worklist.html").read_text()


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_means_something_in_a_sentence(flag):
    assert re.fullmatch(r"[A-Z].*\.", FLAGS[flag])


def test_a_flag_that_is_not_known_means_nothing():
    assert meaning("brand_new") == ""


def test_what_a_spreadsheet_wrote_in_capitals_says_the_same(folder):
    run, page = folder.parents[1], folder / "studies" / "1.2.html"
    before, table = page.read_text(), run / "vertebrae.csv"
    table.write_text(table.read_text().replace("true", "TRUE").replace("false", "FALSE"))
    report(ReportConfig(run=run))
    assert words(page.read_text()) == words(before)
