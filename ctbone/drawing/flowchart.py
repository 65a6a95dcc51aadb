"""A flow chart as STARD wants it: what stays runs down, what leaves goes to the right.

Heights are counted in lines of text, so that a box is as high as what it says and two boxes never
meet, however many reasons there are and however long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from ctbone.drawing.figure import INK, figure_text, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What a line of a list begins with.
BULLET = "\u2022 "

#: Height of a line and width of a letter at the size of the text, inches; the picture's width.
_LINE_IN, _LETTER_IN, _WIDTH_IN = 0.155, 0.068, 7.2

#: Left and right ends of the boxes that stay and of those that leave, inches.
_STAY, _LEAVE = (0.1, 3.3), (3.9, 7.1)

#: Widest that a box of the last row is, and the air between two of them, inches.
_WIDEST_IN, _BETWEEN_IN = 2.2, 0.2

#: Lines of air inside a box and between two.
_PADDING, _GAP = 1.1, 1.7


@dataclass(frozen=True, slots=True)
class Step:
    """What is left at one point of the way, and what leaves after it.

    Attributes:
        stay: What is left.
        leave: What leaves and why, a text a line; empty where nothing does.
    """

    stay: str
    leave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowChart:
    """A whole flow chart.

    Attributes:
        steps: From the first to the last.
        last: What the last step divides into: texts of a box each.
    """

    steps: tuple[Step, ...]
    last: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """Text and where it stands: its ends in inches, and its top in lines from the top."""

    lines: tuple[str, ...]
    ends_in: tuple[float, float]
    top: float

    @property
    def height(self) -> float:
        """Lines from top to bottom."""
        return len(self.lines) + _PADDING

    @property
    def bottom(self) -> float:
        """Lines from the top of the picture."""
        return self.top + self.height

    @property
    def middle_in(self) -> float:
        """Inches from the left."""
        return sum(self.ends_in) / 2.0


def draw_flow_chart(chart: FlowChart, out: Path, name: str = "flow") -> tuple[Path, Path]:
    """Draw a flow chart; return its files, PNG and SVG."""
    with _drawn(chart) as figure:
        return save_figure(figure, out, name)


def flow_chart_text(chart: FlowChart) -> str:
    """Draw a flow chart; return it as the text of an SVG file."""
    with _drawn(chart) as figure:
        return figure_text(figure)


@contextmanager
def _drawn(chart: FlowChart) -> Iterator[Figure]:
    stay, leave, last = place(chart)
    height = max(box.bottom for box in (*stay, *leave, *last)) + 0.5
    with new_figure(_WIDTH_IN, height * _LINE_IN) as figure:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(0.0, _WIDTH_IN), ylim=(height, 0.0))
        axes.axis("off")
        for box in (*stay, *leave, *last):
            _draw_box(axes, box)
        for upper, lower in pairwise(stay):
            _draw_arrow(axes, (upper.middle_in, upper.bottom), (lower.middle_in, lower.top))
        for box in leave:
            middle = (box.top + box.bottom) / 2.0
            _draw_arrow(axes, (stay[0].middle_in, middle), (box.ends_in[0], middle))
        if last:
            _draw_fork(axes, stay[-1], last)
        yield figure


def place(chart: FlowChart) -> tuple[list[Box], list[Box], list[Box]]:
    """Return the boxes that stay, those that leave beside them, and the last row."""
    stay: list[Box] = []
    leave: list[Box] = []
    top = 0.5
    for step in chart.steps:
        stay.append(Box(_fitted([step.stay], _STAY), _STAY, top))
        top = stay[-1].bottom + _GAP
        if step.leave:
            leave.append(Box(_fitted(step.leave, _LEAVE), _LEAVE, top))
            top = leave[-1].bottom + _GAP
    return stay, leave, _last(chart.last, top)


def _last(texts: Sequence[tuple[str, ...]], top: float) -> list[Box]:
    count = max(len(texts), 1)
    room = _LEAVE[1] - _STAY[0] - (count - 1) * _BETWEEN_IN
    width = min(_WIDEST_IN, room / count)
    starts = [_STAY[0] + number * (width + _BETWEEN_IN) for number in range(len(texts))]
    return [
        Box(_fitted(text, (start, start + width)), (start, start + width), top)
        for start, text in zip(starts, texts, strict=True)
    ]


def _fitted(texts: Sequence[str], ends_in: tuple[float, float]) -> tuple[str, ...]:
    """Break texts into lines that a box of this width holds."""
    # SVG folds plain spaces at the start of a line.
    indent = "\u00a0" * 3
    letters = int((ends_in[1] - ends_in[0] - 0.2) / _LETTER_IN)
    return tuple(
        line
        for text in texts
        for line in wrap(text, letters, subsequent_indent=indent if text[0] == BULLET[0] else "")
    )


def _draw_box(axes: Axes, box: Box) -> None:
    from matplotlib.patches import Rectangle

    left, right = box.ends_in
    axes.add_patch(
        Rectangle((left, box.top), right - left, box.height, fc="white", ec=INK, lw=0.9)
    )
    for number, line in enumerate(box.lines):
        height = box.top + _PADDING / 2.0 + number + 0.5
        axes.text(left + 0.1, height, line, va="center", fontsize=8.5)


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 0.9, "shrinkA": 0.0, "shrinkB": 0.0}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow)


def _draw_fork(axes: Axes, upper: Box, lower: Sequence[Box]) -> None:
    middle = (upper.bottom + lower[0].top) / 2.0
    axes.plot([upper.middle_in] * 2, [upper.bottom, middle], color=INK, lw=0.9)
    axes.plot([box.middle_in for box in lower], [middle] * len(lower), color=INK, lw=0.9)
    for box in lower:
        _draw_arrow(axes, (box.middle_in, middle), (box.middle_in, box.top))
