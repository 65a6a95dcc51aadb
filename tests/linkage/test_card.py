"""The card: tables, chart and Markdown of a cohort."""

from pathlib import Path

import pytest

from ctbone.drawing.flowchart import place
from ctbone.linkage import CohortConfig, LinkReason
from ctbone.linkage.card import Card, page_of
from ctbone.linkage.counting import characteristics
from ctbone.linkage.flow import chart_of
from ctbone.linkage.markdown import to_markdown
from ctbone.linkage.reasons import MEANINGS
from ctbone.linkage.references import RefusedRow
from ctbone.pages import Folded, Page, Section, render
from tests.linkage.conftest import make_reference, make_sheet, make_study
from tests.linkage.test_linking import linked

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10"><path d="M0 0"/></svg>'


@pytest.fixture
def linkage():
    studies = [make_study(f"1.{n}", f"p{n}", age_years=30.0 + 10 * n) for n in range(6)]
    broken = make_study("1.9", "p9", reason=LinkReason.STUDY_NOT_READABLE, detail="not_ct")
    rows = [make_reference(n, f"p{n}", days=n, site="a|b") for n in range(5)]
    rows.append(RefusedRow(place=rows[0].place._replace(line=99), reason=LinkReason.NO_RESULT))
    return linked(rows, [*studies, broken])


def cells_of(tables):
    return {t.title: {row[0].text: [c.text for c in row[1:]] for row in t.cells} for t in tables}


def test_every_characteristic_adds_up_to_all_studies(linkage):
    tables = cells_of(characteristics(linkage.cohort()))
    quantities = tables.pop("Quantities")
    assert quantities["days from CT to reference"][-1] == "2 (0 to 4)"
    sizes = tables.pop("Patients and studies")
    assert sizes["studies"][-1] == "5"
    for groups in tables.values():
        columns = zip(*groups.values(), strict=True)
        counts = [sum(int(cell.split()[0]) for cell in column) for column in columns]
        assert counts == [int(count) for count in sizes["studies"]]
    ages = ["below 40", "40 to 49", "50 to 59", "60 to 69", "70 to 79"]
    assert list(tables["Age at the CT, years"]) == ages


def test_the_chart_loses_no_study(linkage):
    chart = chart_of(linkage, window_days=90)
    texts = [step.stay for step in chart.steps]
    assert texts == [
        "7 studies in the export",
        "6 studies that can be read as CT",
        "5 studies with a reference (at most 90 days away)",
        "5 studies of 5 patients in the cohort",
    ]
    left = [line for step in chart.steps for line in step.leave]
    assert left == [
        "1 study not readable",
        "\u2022 not ct: 1",
        "1 study without reference",
        "\u2022 no reference: 1",
    ]
    assert sum(int(box[2].split()[0]) for box in chart.last) == 5
    assert all(place(chart))


def test_page_and_markdown_say_the_same(linkage):
    config = CohortConfig(
        export=Path("e"), labels=(Path("Canary.csv"),), out=Path("o"), sheets=(make_sheet(),)
    )
    page = page_of(Card(linkage, config, ("a note",)), flow_svg=SVG)
    html, text = render(page), to_markdown(page, picture="flow.png")
    for said in ("no result", "a note", "Rows: 5 of 6 are in use", "1 \\(|1 ", "at most 90 days"):
        assert any(part in html for part in said.split("|"))
        assert any(part in text for part in said.split("|"))
    assert "| a\\|b |" in text
    assert "![STARD flow chart" in text
    assert "Canary" not in html + text


def test_markdown_refuses_what_it_cannot_say():
    page = Page(
        title="t",
        lead="",
        sections=(Section(title="s", blocks=(Folded(summary="x", blocks=()),)),),
    )
    with pytest.raises(ValueError, match="got a folded"):
        to_markdown(page, picture="")


def test_every_reason_has_a_meaning_and_stands_in_the_documentation():
    assert set(MEANINGS) == set(LinkReason)
    text = (Path(__file__).parents[2] / "docs" / "cohort.md").read_text(encoding="utf-8")
    for reason, meaning in MEANINGS.items():
        assert f"| `{reason.value}` | {meaning} |" in text
