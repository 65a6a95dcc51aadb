import pytest

from ctbone.drawing import FlowChart, Step, draw_flow_chart
from ctbone.drawing.flowchart import place


@pytest.mark.parametrize("count", [1, 3, 5])
def test_the_last_row_fits_the_picture_and_no_two_of_it_meet(count):
    stay, _, last = place(FlowChart((Step("all"),), (("a box", "10 patients"),) * count))
    assert len(last) == count
    assert last[0].top > stay[-1].bottom
    assert last[-1].ends_in[1] <= 7.1
    ends = [end for box in last for end in box.ends_in]
    assert ends == sorted(ends)


def test_a_chart_may_end_without_dividing(tmp_path):
    png, svg = draw_flow_chart(FlowChart((Step("12 rows", ("2 left",)), Step("10"))), tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "2 left" in svg.read_text()
