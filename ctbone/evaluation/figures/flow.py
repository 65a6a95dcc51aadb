"""The flow of participants as a picture: what stays runs down, what leaves goes to the right.

Heights are counted in lines of text, so that a box is as high as what it says and two boxes never
meet, however many reasons there are and however long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from ctbone.drawing import INK, new_figure, save_figure
from ctbone.evaluation.flow import ByReference, Flow
from ctbone.evaluation.scales import CATEGORIES, spoken
from ctbone.interchange.naming import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of a line and width of a letter at the size of the text, inches; the picture's width.
_LINE_IN, _LETTER_IN, _WIDTH_IN = 0.155, 0.068, 7.2

#: Left and right ends of the boxes that stay and of those that leave, inches.
_STAY, _LEAVE = (0.1, 3.3), (3.9, 7.1)

#: Lines of air inside a box and between two.
_PADDING, _GAP = 1.1, 1.7


@dataclass(frozen=True, slots=True)
class _Box:
    """Text and where it stands: its ends in inches, and its top in lines from the top."""

    lines: tuple[str, ...]
    ends_in: tuple[float, float]
    top: float

    @property
    def height(self) -> float:
        return len(self.lines) + _PADDING

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle_in(self) -> float:
        return sum(self.ends_in) / 2.0


def draw_flow(flow: Flow, out: Path, name: str = "flow") -> tuple[Path, Path]:
    """Draw the flow chart; return its files, PNG and SVG."""
    stay, leave, last = _layout(flow)
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
        _draw_fork(axes, stay[-1], last)
        return save_figure(figure, out, name)


def _layout(flow: Flow) -> tuple[list[_Box], list[_Box], list[_Box]]:
    """Return the boxes that stay, those that leave beside them, and the last row."""
    steps = (
        (f"{_studies(flow.studies)} in the cohort", _lost(flow)),
        (f"{counted(flow.patients, 'patient')}, one study each", _unjudged(flow)),
        (f"{counted(flow.evaluated, 'patient')} with a reference category", _unread(flow)),
        (f"{counted(flow.with_result, 'patient')} with a result of the index test", ()),
    )
    stay: list[_Box] = []
    leave: list[_Box] = []
    top = 0.5
    for text, left in steps:
        stay.append(_Box(_fitted([text], _STAY), _STAY, top))
        top = stay[-1].bottom + _GAP
        if left:
            leave.append(_Box(_fitted(left, _LEAVE), _LEAVE, top))
            top = leave[-1].bottom + _GAP
    return stay, leave, _last(flow, top)


def _lost(flow: Flow) -> tuple[str, ...]:
    gone = flow.patients_without_result
    more = f" ({counted(gone, 'patient')} with no other)" if gone else ""
    numbers = (
        (flow.without_result, f"not in the results{more}"),
        (flow.further_studies, "set aside, as the patient has another study"),
    )
    return tuple(f"{_studies(n)} {text}" for n, text in numbers if n)


def _studies(count: int) -> str:
    return "1 study" if count == 1 else f"{count} studies"


def _unjudged(flow: Flow) -> tuple[str, ...]:
    n = flow.without_category
    return (f"{counted(n, 'patient')} without a reference category",) if n else ()


def _unread(flow: Flow) -> tuple[str, ...]:
    if not flow.nonevaluable:
        return ()
    reasons = (
        f"\u2022 {reason.replace('_', ' ')}: {sum(counts)}"
        for reason, counts in flow.no_result.items()
    )
    head = f"{counted(flow.nonevaluable, 'patient')} without a result of the index test"
    return (head, *reasons, "Reference standard:", *_by_reference(_total(flow)))


def _last(flow: Flow, top: float) -> list[_Box]:
    """Return a box a category of the index test, each with the reference in it."""
    width, gap = 2.2, 0.2
    boxes = []
    for number, (category, counts) in enumerate(flow.results.items()):
        ends = (0.1 + number * (width + gap), 0.1 + number * (width + gap) + width)
        head = (f"Index test: {spoken(category)}", counted(sum(counts), "patient"))
        text = (*head, "Reference standard:", *_by_reference(counts))
        boxes.append(_Box(_fitted(text, ends), ends, top))
    return boxes


def _total(flow: Flow) -> ByReference:
    first, second, third = (sum(column) for column in zip(*flow.no_result.values(), strict=True))
    return first, second, third


def _by_reference(counts: ByReference) -> list[str]:
    return [
        f"\u2022 {category.value}: {count}"
        for category, count in zip(CATEGORIES, counts, strict=True)
    ]


def _fitted(texts: Sequence[str], ends_in: tuple[float, float]) -> tuple[str, ...]:
    """Break texts into lines that a box of this width holds."""
    # SVG folds plain spaces at the start of a line.
    indent = "\u00a0" * 3
    letters = int((ends_in[1] - ends_in[0] - 0.2) / _LETTER_IN)
    return tuple(
        line
        for text in texts
        for line in wrap(text, letters, subsequent_indent=indent if text[0] == "\u2022" else "")
    )


def _draw_box(axes: Axes, box: _Box) -> None:
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


def _draw_fork(axes: Axes, upper: _Box, lower: Sequence[_Box]) -> None:
    middle = (upper.bottom + lower[0].top) / 2.0
    axes.plot([upper.middle_in] * 2, [upper.bottom, middle], color=INK, lw=0.9)
    axes.plot([box.middle_in for box in lower], [middle] * len(lower), color=INK, lw=0.9)
    for box in lower:
        _draw_arrow(axes, (box.middle_in, middle), (box.middle_in, box.top))
