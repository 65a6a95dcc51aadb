"""Where things stand on a picture, and the marks that every panel carries."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from ctbone.drawing import QUIET
from ctbone.localisation.pictures.canvas import WORDS, draw_line, write

#: Distance of a mark from the edge of its panel, pixels, and the size of its letter.
_INSET, _SIZE = 5, 14

#: A panel lower than this has no room for marks above each other, pixels.
_LEAST = 48


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a picture, pixels.

    Attributes:
        left: Its first column.
        top: Its first row.
        width: Its columns.
        height: Its rows.
    """

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def between(cls, first: Box, second: Box) -> Box:
        """Return what lies between two boxes that stand side by side."""
        start = first.left + first.width
        return cls(start, first.top, second.left - start, first.height)

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half-way between its sides."""
        return self.left + self.width / 2.0

    def centred(self, width: int, height: int) -> Box:
        """Return a box of another size about the same middle."""
        left = self.left + (self.width - width) // 2
        return Box(left, self.top + (self.height - height) // 2, width, height)


def mark_panel(canvas: Image.Image, box: Box, *, sides: str, scale: float, bar_mm: int) -> None:
    """Say which way a panel lies and how large it is.

    Args:
        canvas: Is drawn on.
        box: Where the panel lies.
        sides: Letters of its left, right, upper and lower edge: A, P, R, L, H (head), F (feet).
        scale: Pixels a millimetre.
        bar_mm: Length of the scale bar, millimetres; none where it would be wider than the panel.
    """
    left, right, upper, lower = tuple(sides)
    middle = box.top + box.height / 2.0
    write(canvas, left, (box.left + _INSET, middle), size=_SIZE, anchor="lm")
    write(canvas, right, (box.right - _INSET, middle), size=_SIZE, anchor="rm")
    if box.height >= _LEAST:
        # In a section the middle of the edge is where the spine leaves the picture.
        corner = upper == "H"
        column, anchor = (box.right - _INSET, "r") if corner else (box.middle, "m")
        write(canvas, upper, (column, box.top + _INSET), size=_SIZE, anchor=f"{anchor}t")
        write(canvas, lower, (column, box.bottom - _INSET), size=_SIZE, anchor=f"{anchor}b")
    _draw_bar(canvas, box, scale=scale, bar_mm=bar_mm)


def _draw_bar(canvas: Image.Image, box: Box, *, scale: float, bar_mm: int) -> None:
    length = bar_mm * scale
    # Left of the letter at the lower edge.
    if length > box.width / 2.0 - 3 * _INSET:
        return
    # In a thin stack of slices the bar would hide what there is.
    row = box.bottom + (-2 * _INSET if box.height >= _LEAST else 5 * _INSET)
    start = box.left + 2 * _INSET
    ends = [(start, row), (start + length, row)]
    draw_line(canvas, ends, "black", width=5)
    draw_line(canvas, ends, WORDS, width=2)
    write(canvas, f"{bar_mm} mm", (start, row - 5), size=12, colour=QUIET, anchor="ls")
