from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import result_cells
from ctbone.interchange.results import RESULT_COLUMNS

from ..conftest import make_reference, make_result  # noqa: TID252 - fixtures of the room
from ..simulated import write_study  # noqa: TID252


class Text(HTMLParser):
    """The words of a page, and what it asks for from elsewhere."""

    def __init__(self):
        super().__init__()
        self.words, self.asked = [], []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href") and not str(value).startswith(("#", "data:")):
                self.asked.append(value)

    def handle_data(self, data):
        self.words.append(data.strip())


def read(path):
    parser = Text()
    parser.feed(path.read_text(encoding="utf-8"))
    return " ".join(word for word in parser.words if word), parser.asked


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    cohort, results = write_study(folder, patients=200)
    _, other = write_study(folder / "other", patients=200, noise=30.0)
    config = EvaluateConfig(
        results=results,
        cohort=cohort,
        out=folder / "out",
        study="Three <sites>",
        against=other,
        wanted_sensitivity=0.9,
        bootstrap=50,
        splits=("external_test",),
    )
    evaluate(config)
    return folder / "out"


def test_the_page_asks_nothing_of_anywhere(out):
    _, asked = read(out / "evaluation.html")
    assert asked == []


def test_every_part_is_there(out):
    html = (out / "evaluation.html").read_text(encoding="utf-8")
    heads = re.findall(r"<h2>([^<]*)", html)
    assert [head.strip() for head in heads] == [
        "Accuracy",
        "What to know before using these tables",
        "Flow of participants",
        "Tables by target",
        "Patients without a result",
        "Scores",
        "Agreement of density",
        "Probabilities",
        "Cut-offs",
        "Beside another index test",
        "Subgroups",
        "Text for a paper",
        "Checklists",
        "Provenance",
    ]
    whole = [*(out / "figures").glob("*_all_patients.svg"), out / "figures" / "flow.svg"]
    by_split = [
        path
        for kind in ("roc", "bland_altman", "calibration")
        for path in (out / "figures").glob(f"{kind}_*_test.svg")
    ]
    assert len(whole) == 8
    assert len(by_split) == 3
    assert html.count("<svg") == len(whole) + len(by_split)


def test_the_page_says_what_the_files_say(out):
    text, _ = read(out / "evaluation.html")
    document = json.loads((out / "evaluation.json").read_text())
    assert "Accuracy of Three <sites>" in text
    for caution in document["warnings"]:
        assert caution["sentence"] in text
    found = document["groups"]["all patients"]["targets"]["osteoporosis"]
    assert f"{100 * found['sensitivity']['estimate']:.1f} (" in text
    assert document["facts"]["statistics"] in text


def test_without_figures_the_page_is_whole(tmp_path):
    rows = [make_reference(1, 150.0), make_reference(2, 70.0)]
    write_cohort(tmp_path / "cohort.csv", rows)
    cells = [result_cells(make_result(i, None)) for i in (1, 2)]
    write_rows(tmp_path / "results.csv", RESULT_COLUMNS, cells)
    config = EvaluateConfig(
        results=tmp_path / "results.csv",
        cohort=tmp_path / "cohort.csv",
        out=tmp_path / "out",
        figures=False,
    )
    evaluate(config)
    text, _ = read(tmp_path / "out" / "evaluation.html")
    assert "not given" in text
    assert "<svg" not in text
    assert "nan" not in text.lower().split()
