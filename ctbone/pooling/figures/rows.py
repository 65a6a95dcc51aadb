"""Forest plots of both margins side by side: one row of names, then two panels of intervals.

Everything stands on one sheet whose units are inches, y downwards, so that columns keep their
places however many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from ctbone.drawing import ACCENT, INK, QUIET
from ctbone.pooling.figures.labels import short, width_in
from ctbone.records import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches: the scale of a panel, gaps between columns, edges, above the first row, below the last.
_SCALE, _GAP, _EDGE, _ABOVE, _BELOW = 1.3, 0.1, 0.1, 0.86, 0.62

#: The tallest a sheet may be, and the pitch of its rows where they are few.
_TALLEST, _PITCH = 11.6, 0.21

#: Points a point of pitch that letters take, and the largest they become.
_LETTER, _LARGEST = 0.75, 7.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of both panels; of each pair the first is sensitivity.

    Attributes:
        name: At its start.
        values: Intervals; ``None`` where there is none.
        counts: Texts left of each scale.
        weights: Percent; ``None`` for none.
        style: What it stands for.
    """

    name: str
    values: tuple[Interval | None, Interval | None] = (None, None)
    counts: tuple[str, str] = ("", "")
    weights: tuple[float | None, float | None] = (None, None)
    style: Literal["study", "summary", "prediction", "head"] = "study"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A paired forest plot.

    Attributes:
        title: Above it.
        rows: From top to bottom.
        heads: Of the left column of each panel.
        interval: Head of the column of intervals.
        footers: Below each panel.
        pooled: Where a line marks the pooled values.
    """

    title: str
    rows: tuple[Row, ...]
    heads: tuple[str, str]
    interval: str
    footers: tuple[str, str]
    pooled: tuple[float, float]

    @property
    def pitch_in(self) -> float:
        """Distance of rows."""
        return min(_PITCH, (_TALLEST - _ABOVE - _BELOW) / len(self.rows))

    @property
    def letters_pt(self) -> float:
        """Size of the letters of a row."""
        return min(_LARGEST, _LETTER * 72.0 * self.pitch_in)

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height."""
        names, counts, intervals, weights = self.columns_in
        panel = counts + _SCALE + intervals + weights + 3 * _GAP
        width = 2 * _EDGE + names + 2 * (panel + 2 * _GAP)
        return width, _ABOVE + _BELOW + self.pitch_in * len(self.rows)

    @property
    def columns_in(self) -> tuple[float, float, float, float]:
        """Widths of the columns of names, counts, intervals and weights."""
        size = self.letters_pt
        names = width_in((short(row.name) for row in self.rows), size)
        counts = width_in((*self.heads, *(c for row in self.rows for c in row.counts)), size)
        has_weights = any(w is not None for row in self.rows for w in row.weights)
        weights = width_in(["Weight"], size) if has_weights else 0.0
        # A little more for the bold letters of the pooled row.
        intervals = 1.12 * width_in(["0.00 (0.00 to 0.00)", self.interval], size)
        return 1.05 * names, 1.12 * counts, intervals, weights

    @property
    def heaviest(self) -> float:
        """The largest weight; 1 without weights."""
        return max((w for row in self.rows for w in row.weights if w is not None), default=1.0)


def paint(figure: Figure, sheet: Sheet) -> None:
    """Draw the sheet."""
    # Every place is given here; nothing is left for a layout to arrange.
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    width, height = sheet.size_in
    axes.set(xlim=(0.0, width), ylim=(height, 0.0))
    axes.set_axis_off()
    axes.text(_EDGE, 0.2, sheet.title, fontsize=10, fontweight="bold", va="center")
    for number, row in enumerate(sheet.rows):
        weight = "normal" if row.style in {"study", "prediction"} else "bold"
        y = _y(sheet, number)
        where = _EDGE if row.style != "study" or not _has_heads(sheet) else _EDGE + _GAP
        text = short(row.name)
        axes.text(where, y, text, va="center", fontsize=sheet.letters_pt, fontweight=weight)
    names, counts, intervals, weights = sheet.columns_in
    panel = counts + _SCALE + intervals + weights + 5 * _GAP
    for margin in (0, 1):
        _Panel(axes, sheet, margin, _EDGE + names + 2 * _GAP + margin * panel).paint()


def split(rows: Sequence[Row], most: int) -> tuple[tuple[Row, ...], ...]:
    """Split rows into parts of about one size, none longer than ``most``."""
    parts = -(-len(rows) // most)
    bounds = [round(len(rows) * part / parts) for part in range(parts + 1)]
    return tuple(tuple(rows[a:b]) for a, b in pairwise(bounds))


def _has_heads(sheet: Sheet) -> bool:
    return any(row.style == "head" for row in sheet.rows)


def _y(sheet: Sheet, row: float) -> float:
    return _ABOVE + sheet.pitch_in * (row + 0.5)


@dataclass(frozen=True, slots=True)
class _Panel:
    """One margin of a sheet, from ``left`` on."""

    axes: Axes
    sheet: Sheet
    margin: int
    left: float

    @property
    def scale_left(self) -> float:
        return self.left + self.sheet.columns_in[1] + _GAP

    @property
    def intervals_left(self) -> float:
        return self.scale_left + _SCALE + _GAP

    @property
    def right(self) -> float:
        _, _, intervals, weights = self.sheet.columns_in
        return self.intervals_left + intervals + weights

    def x(self, value: float) -> float:
        return self.scale_left + _SCALE * value

    def paint(self) -> None:
        self._heads()
        self._axis()
        for number, row in enumerate(self.sheet.rows):
            if row.style != "head":
                self._row(row, _y(self.sheet, number))
        self._write(self.left, _y(self.sheet, len(self.sheet.rows)) + 0.34, self._footer())

    def _footer(self) -> str:
        return self.sheet.footers[self.margin]

    def _write(self, x: float, y: float, text: str, **style: Any) -> None:  # noqa: ANN401
        style = {"va": "center", "fontsize": self.sheet.letters_pt, **style}
        self.axes.text(x, y, text, **style)

    def _heads(self) -> None:
        title = ("Sensitivity", "Specificity")[self.margin]
        self._write(self.x(0.5), 0.46, title, ha="center", fontweight="bold", fontsize=9)
        y = _ABOVE - 0.13
        self._write(self.scale_left - _GAP, y, self.sheet.heads[self.margin], ha="right")
        self._write(self.intervals_left, y, self.sheet.interval)
        if self.sheet.columns_in[3]:
            self._write(self.right, y, "Weight", ha="right")
        for line in (_ABOVE - 0.02, _y(self.sheet, len(self.sheet.rows) - 0.5) + 0.02):
            self.axes.plot([self.left, self.right], [line, line], color=INK, lw=0.7)

    def _axis(self) -> None:
        bottom = _y(self.sheet, len(self.sheet.rows) - 0.5) + 0.02
        for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            x = self.x(tick)
            self.axes.plot([x, x], [bottom, bottom + 0.04], color=INK, lw=0.7)
            self._write(x, bottom + 0.12, f"{tick:g}", ha="center")
        x = self.x(self.sheet.pooled[self.margin])
        self.axes.plot([x, x], [_ABOVE, bottom], color=ACCENT, lw=0.7, ls=":", zorder=0)

    def _row(self, row: Row, y: float) -> None:
        value, weight = row.values[self.margin], row.weights[self.margin]
        weight_of_font = "bold" if row.style == "summary" else "normal"
        counts = row.counts[self.margin]
        self._write(self.scale_left - _GAP, y, counts, ha="right", fontweight=weight_of_font)
        if value is None:
            return
        self._mark(row, value, y)
        # A prediction interval has no estimate of its own.
        text = f"{value:.2f}" if row.style != "prediction" else _limits(value)
        self._write(self.intervals_left, y, text, fontweight=weight_of_font)
        if weight is not None:
            self._write(self.right, y, f"{weight:.1f}", ha="right")

    def _mark(self, row: Row, value: Interval, y: float) -> None:
        low, mid, high = (self.x(v) for v in (value.lower, value.estimate, value.upper))
        if row.style == "summary":
            reach = 0.34 * self.sheet.pitch_in
            self.axes.fill([low, mid, high, mid], [y, y - reach, y, y + reach], color=ACCENT, lw=0)
        elif row.style == "prediction":
            self.axes.plot([low, high], [y, y], "|-", color=QUIET, lw=2.0, ms=5)
        else:
            weight = row.weights[self.margin]
            side = 3.6 if weight is None else 1.4 + 3.4 * (weight / self.sheet.heaviest) ** 0.5
            self.axes.plot([low, high], [y, y], color=INK, lw=0.9)
            side *= (self.sheet.pitch_in / _PITCH) ** 0.5
            self.axes.plot(mid, y, "s", ms=side, color=INK, mew=0)


def _limits(value: Interval) -> str:
    return f"{value.lower:.2f} to {value.upper:.2f}"
