"""What the figures of the overview show, read from the axes that are drawn."""

import pytest
from matplotlib.figure import Figure as Drawing

from ctbone.report import figures
from ctbone.report.drift import Month
from ctbone.report.figures import drift_figure


def month(number, value, scanner="a"):
    return Month(
        scanner=scanner, month=f"{2000 + number // 12}-{number % 12 + 1:02d}", number=9,
        lower=value, median=value, upper=value,
    )  # fmt: skip


@pytest.mark.parametrize("number", [1, 3, 300])
def test_the_frame_cuts_no_point_of_a_drift(monkeypatch, number):
    drawn = list[Drawing]()
    monkeypatch.setattr(figures, "figure_text", lambda d: drawn.append(d) or "<svg/>")
    monkeypatch.setattr(figures, "Figure", lambda **_: None)
    values = [90.0 + 50.0 * (n in (0, number - 1)) for n in range(number)]
    months = [month(n, value, s) for s in "abc" for n, value in enumerate(values)]
    drift_figure(months, label="x", alt="x")
    drawn[0].canvas.draw()
    for axes in drawn[0].axes:
        frame = axes.get_window_extent()
        points = [line for line in axes.lines if line.get_marker() == "o"]
        assert len(points) == number
        for line in points:
            x, y = axes.transData.transform(line.get_xydata()[0])
            radius = (line.get_markersize() + line.get_markeredgewidth()) / 2 * drawn[0].dpi / 72
            assert frame.x0 + radius <= x <= frame.x1 - radius
            assert frame.y0 + radius <= y <= frame.y1 - radius
