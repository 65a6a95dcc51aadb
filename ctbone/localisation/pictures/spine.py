"""The spine from the patient's left and from the front, with the names between the two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ctbone.anatomy import VertebralLevel
from ctbone.drawing import QUIET
from ctbone.errors import Reason
from ctbone.localisation.pictures.canvas import (
    BODY,
    WARNING,
    WORDS,
    draw_line,
    outline,
    paste,
    shaded,
    text_width,
    write,
)
from ctbone.localisation.pictures.frame import Box, mark_panel
from ctbone.localisation.pictures.surfaces import (
    CORONAL,
    SAGITTAL,
    Floats,
    Surface,
    bend,
    interpolate,
    narrowed,
    sample,
)
from ctbone.localisation.pictures.words import name_of, reason_of
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume

#: Pixels a millimetre at most: a short field is not blown up beyond what was scanned.
_MOST_SCALE = 2.8

#: Finest sampling, millimetres; between its points pixels are interpolated.
_LEAST_STEP_MM = 1.1

#: Half the side of the square about a centre in which its body is looked for, millimetres.
_BODY_MM = 42.0

#: Heights of a name and of the reason below it, pixels, and the size of their letters.
_NAME_PX, _REASON_PX = 18, 15
_NAME_SIZE, _REASON_SIZE = 15, 12

#: How far a name with its reason may stand from its vertebra, pixels.
_MOST_SHIFT_PX = 24.0

#: What the two sections are called and which directions their edges show: left, right.
_VIEWS = {SAGITTAL: ("sagittal, from the left", "AP"), CORONAL: ("coronal, from the front", "RL")}


@dataclass(frozen=True, slots=True)
class Label:
    """The name of one vertebra, in the gutter between the sections.

    Attributes:
        rows: Pixel row of its centre in the left and in the right section.
        name: Its level.
        reason: Why it must not be measured, in a few words; empty where it may.
        colour: Of the name.
    """

    rows: tuple[float, float]
    name: str
    reason: str
    colour: str

    @property
    def height(self) -> int:
        """Pixels it takes."""
        return _NAME_PX + (_REASON_PX if self.reason else 0)


def draw_spine(
    canvas: Image.Image,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    *,
    boxes: tuple[Box, Box],
    shown: Collection[VertebralLevel],
) -> None:
    """Draw both sections at one scale, each in its box, and the names between the boxes."""
    surfaces = [bend(volume, vertebrae, across=across) for across in (SAGITTAL, CORONAL)]
    tallest = max(surface.length_mm for surface in surfaces)
    scale = min(_MOST_SCALE, boxes[0].height / tallest)
    if not vertebrae:
        # Nothing says where to look: the whole field is shown.
        scale = min(scale, boxes[0].width / max(surface.width_mm for surface in surfaces))
    colours = [colour_of(vertebra, shown) for vertebra in vertebrae]
    rows = []
    for surface, box in zip(surfaces, boxes, strict=True):
        about = _about(surface, vertebrae)
        narrow = narrowed(surface, box.width / scale, about_mm=about)
        top = _draw_section(canvas, volume, narrow, box, scale=scale, bodies=(vertebrae, colours))
        rows.append([top + scale * narrow.place(v.centroid_mm)[0] for v in vertebrae])
    labels = [
        Label((left, right), name_of(vertebra), _below(vertebra), colour)
        for vertebra, colour, left, right in zip(vertebrae, colours, *rows, strict=True)
    ]
    _draw_labels(canvas, labels, gutter=Box.between(*boxes))


def colour_of(vertebra: VertebraLocalisation, shown: Collection[VertebralLevel]) -> str:
    """Return the colour of a vertebra: a warning, one of those shown apart, or any other."""
    if vertebra.reason is not None:
        return WARNING
    return BODY if vertebra.level in shown else QUIET


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> Floats:
    """Return tops of labels that do not overlap, in order, each near where it is wanted.

    Args:
        wanted: Middles that the labels would have, rising.
        heights: Their heights; where they do not fit, the first begin above ``low``.
        low: Where the first may begin.
        high: Where the last must end.
    """
    size = np.asarray(heights, dtype=np.float64)
    tops = np.asarray(wanted, dtype=np.float64) - size / 2.0
    ahead = np.concatenate(([0.0], np.cumsum(size)))
    # Less what lies above it, each label wants a place in a row that must not fall. The mean of
    # the lowest row above those places and the highest below them moves neither side alone.
    places = np.clip(tops - ahead[:-1], low, high - ahead[-1])
    forward = np.maximum.accumulate(places)
    backward = np.minimum.accumulate(places[::-1])[::-1]
    return np.asarray((forward + backward) / 2.0 + ahead[:-1])


def _below(vertebra: VertebraLocalisation) -> str:
    """Return what stands below a name; one with two readings has said already what is unsure."""
    return "" if vertebra.reason is Reason.LEVEL_UNCERTAIN else reason_of(vertebra)


def _about(surface: Surface, vertebrae: Sequence[VertebraLocalisation]) -> float:
    if not vertebrae:
        return surface.low_mm + surface.width_mm / 2.0
    return float(np.mean([v.centroid_mm[surface.across] for v in vertebrae]))


def _draw_section(
    canvas: Image.Image,
    volume: CTVolume,
    surface: Surface,
    box: Box,
    *,
    scale: float,
    bodies: tuple[Sequence[VertebraLocalisation], Sequence[str]],
) -> int:
    """Draw one section in the middle of its box; return the row at which it begins."""
    step = max(_LEAST_STEP_MM, 1.0 / scale)
    rows, columns = (_centres(n, step) for n in (surface.length_mm, surface.width_mm))
    width, height = (max(1, round(n * scale)) for n in (surface.width_mm, surface.length_mm))
    panel = shaded(sample(volume, surface, rows, columns), (width, height))
    for vertebra, colour in zip(*bodies, strict=True):
        _outline_body(panel, surface, vertebra, scale=scale, colour=colour)
    # Next to the names, which stand right of the one section and left of the other.
    left = box.right - width if surface.across == SAGITTAL else box.left
    inner = Box(left, box.top + (box.height - height) // 2, width, height)
    paste(canvas, panel, left=inner.left, top=inner.top)
    title, sides = _VIEWS[surface.across]
    mark_panel(canvas, inner, sides=f"{sides}HF", scale=scale, bar_mm=50)
    write(canvas, title, (inner.middle, box.top - 6), colour=QUIET, size=13, anchor="ms")
    return inner.top


def _centres(length_mm: float, step_mm: float) -> Floats:
    """Return the middles of as many equal steps as a length holds."""
    count = max(1, round(length_mm / step_mm))
    return np.asarray((np.arange(count) + 0.5) * (length_mm / count))


def _outline_body(
    panel: NDArray[np.uint8],
    surface: Surface,
    vertebra: VertebraLocalisation,
    *,
    scale: float,
    colour: str,
) -> None:
    """Draw the edge of a body into a section, or a cross where only its centre is known."""
    down, right = surface.place(vertebra.centroid_mm)
    half = _BODY_MM if vertebra.body else 4.0
    spans = [
        range(max(0, round((at - half) * scale)), min(n, round((at + half) * scale)))
        for at, n in zip((down, right), panel.shape, strict=False)
    ]
    if not all(spans):
        return
    rows, columns = ((np.asarray(span) + 0.5) / scale for span in spans)
    corner = (spans[0].start, spans[1].start)
    if vertebra.body is None:
        cross = (np.abs(rows - down)[:, None] < 0.6) | (np.abs(columns - right) < 0.6)
        outline(panel, cross.astype(np.float32), colour, corner=corner)
        return
    body = vertebra.body
    positions = surface.positions(rows, columns)
    share = interpolate(body.inside, body.affine, positions, outside=0.0)
    dashed = vertebra.reason is not None
    outline(panel, share, colour, corner=corner, dashed=dashed)


def _draw_labels(canvas: Image.Image, labels: Sequence[Label], *, gutter: Box) -> None:
    """Write names in the gutter, each with a line to its vertebra on either side."""
    order = sorted(labels, key=lambda label: label.rows)
    tops = _tops(order, gutter)
    if any(abs(top - _wanted(x)) > _MOST_SHIFT_PX for x, top in zip(order, tops, strict=True)):
        # Too many to say more than names beside their vertebrae; the colour still warns.
        order = [replace(label, reason="") for label in order]
        tops = _tops(order, gutter)
    for label, top in zip(order, tops.tolist(), strict=True):
        middle = top + _NAME_PX / 2.0
        colour = WORDS if label.colour == QUIET else label.colour
        write(canvas, label.name, (gutter.middle, middle), colour=colour, anchor="mm")
        if label.reason:
            place = (gutter.middle, top + _NAME_PX + _REASON_PX / 2.0 - 1.0)
            write(canvas, label.reason, place, colour=colour, size=_REASON_SIZE, anchor="mm")
        clear = text_width(label.name, _NAME_SIZE) / 2.0 + 5.0
        for row, edge, side in zip(label.rows, (gutter.left, gutter.right), (-1, 1), strict=True):
            end = (gutter.middle + side * clear, middle)
            draw_line(canvas, [(edge, row), (edge - 8 * side, row), end], QUIET)


def _tops(labels: Sequence[Label], gutter: Box) -> Floats:
    heights = [label.height for label in labels]
    wanted = [_wanted(label) + label.height / 2.0 for label in labels]
    return spread(wanted, heights, gutter.top, gutter.bottom)


def _wanted(label: Label) -> float:
    """Return where a label would begin for its name to stand level with its vertebra."""
    return sum(label.rows) / 2.0 - _NAME_PX / 2.0
