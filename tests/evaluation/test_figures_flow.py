from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from ctbone.drawing.flowchart import place
from ctbone.errors import Reason
from ctbone.evaluation.figures.flow import chart_of, draw_flow
from ctbone.evaluation.flow import Flow
from ctbone.records import BoneCategory


def make_flow(reasons=(), **changes):
    results = dict.fromkeys(BoneCategory, (10, 2, 1))
    lost = dict.fromkeys(reasons, (1, 0, 1))
    evaluated = 39 + 2 * len(lost)
    values = {
        "studies": evaluated,
        "without_result": 0,
        "further_studies": 0,
        "patients": evaluated,
        "without_category": 0,
        "no_result": lost,
        "results": results,
    }
    return Flow(**(values | changes))


LONG = "a reason that is far longer than any box is wide " * 4


@pytest.mark.parametrize("reasons", [(), ("not_ct",), (*map(str, Reason), LONG)])
def test_no_box_meets_another(reasons):
    stay, leave, last = place(chart_of(make_flow(reasons)))
    boxes = [*stay, *leave, *last]
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one.ends_in[1] <= other.ends_in[0] or other.ends_in[1] <= one.ends_in[0]
            assert apart or one.bottom < other.top or other.bottom < one.top


def test_no_line_leaves_its_box():
    stay, leave, last = place(chart_of(make_flow((LONG,))))
    for box in (*stay, *leave, *last):
        width_in = box.ends_in[1] - box.ends_in[0]
        assert max(map(len, box.lines)) * 0.068 < width_in


def test_what_did_not_happen_has_no_box():
    _, leave, _ = place(chart_of(make_flow()))
    assert leave == []
    _, leave, _ = place(chart_of(make_flow(studies=42, without_result=1, further_studies=2)))
    assert [box.lines for box in leave] == [
        (
            *("1 study set aside, not in the results", "2 studies set aside, as the patient has"),
            "another study",
        )
    ]


def test_the_picture_says_every_number(tmp_path):
    flow = make_flow(("not_ct", "level_uncertain"), studies=50, without_result=7)
    png, svg = draw_flow(flow, tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG")
    text = " ".join(ET.fromstring(svg.read_text()).itertext())  # noqa: S314 - our own file
    for expected in (
        "50 studies in the cohort",
        "7 studies set aside, not in the results",
        "43 patients, one study each",
        "4 patients without a result of the index",
        "\u2022 level uncertain: 2",
        "39 patients with a result of the index test",
        "Index test: osteoporosis",
    ):
        assert expected in text


def test_patients_whom_the_results_do_not_mention_stand_beside_their_studies():
    flow = make_flow(studies=42, without_result=3, patients_without_result=2)
    _, leave, _ = place(chart_of(flow))
    assert "(2 patients with no other)" in " ".join(leave[0].lines)
    _, leave, _ = place(chart_of(make_flow(studies=42, without_result=3)))
    assert "no other" not in " ".join(leave[0].lines)
