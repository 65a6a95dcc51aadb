"""A picture to check a localisation by: is the outline on the right vertebra, and on bone?

Left, the spine from the patient's left and from the front, in sections that follow its curve, with
the names between the two; right, the measured bodies in their own axial mid-planes, with what was
measured or why nothing was. Pictures carry no identifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ctbone.anatomy import VertebralLevel
from ctbone.drawing import QUIET
from ctbone.localisation.pictures.axial import draw_absent, draw_axial, draw_middle
from ctbone.localisation.pictures.canvas import WARNING, WINDOW_HU, keep, to_png, wrapped, write
from ctbone.localisation.pictures.frame import Box
from ctbone.localisation.pictures.spine import draw_spine
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

#: Size of a picture and the room about its panels, pixels.
_WIDTH, _HEIGHT, _MARGIN = 1200, 720, 12
_HEAD_PX, _LEGEND_PX = 26, 24

#: Columns of the two sections, of the names between them, and of the axial planes.
_SECTION_PX, _GUTTER_PX, _AXIAL_PX = 366, 154, 276

#: Size of the note's letters, the distance of its lines, and how many it may have.
_NOTE_SIZE, _NOTE_PX, _NOTE_LINES = 15, 20, 3

#: Levels shown in their axial plane where fewer were measured, and how many there is room for.
_USUAL = (VertebralLevel.L1, VertebralLevel.L2)
_MOST_SHOWN = 3

#: What lines and brackets mean where there are any.
_LEGEND = (
    "    sections follow the spine    brackets: cut by the edge of the field    blue: body shown "
    "at the right    yellow: trabecular region    orange, dashed: not to be measured"
)


def picture(
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    estimates: Sequence[BmdEstimate],
    path: Path,
    *,
    note: str = "",
    levels: Sequence[VertebralLevel] = (),
) -> None:
    """Draw a localisation and its measurements into a PNG file; its folder is made.

    What else is asked is that of ``picture_png``.
    """
    keep(picture_png(volume, vertebrae, estimates, note=note, levels=levels), path)


def picture_png(
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation] = (),
    estimates: Sequence[BmdEstimate] = (),
    *,
    note: str = "",
    levels: Sequence[VertebralLevel] = (),
) -> bytes:
    """Draw a localisation and its measurements; return the content of a PNG file.

    Args:
        volume: The CT.
        vertebrae: What was located; the middle of the CT is shown where there is none.
        estimates: What was measured.
        note: Text beneath, such as why there is no result.
        levels: Those to show in their axial plane, three at most; by default the measured ones,
            and L1 and L2 where fewer than two are.
    """
    canvas = Image.new("RGB", (_WIDTH, _HEIGHT))
    bottom = _write_below(canvas, note, located=bool(vertebrae))
    height = bottom - _HEAD_PX
    shown = sorted(levels or _shown(estimates), key=lambda level: level.order)[:_MOST_SHOWN]
    # Without names the sections take the room of the gutter.
    spare = 0 if vertebrae else (_GUTTER_PX - _MARGIN) // 2
    side = Box(_MARGIN, _HEAD_PX, _SECTION_PX + spare, height)
    front = Box(side.right + _GUTTER_PX - 2 * spare, _HEAD_PX, side.width, height)
    draw_spine(canvas, volume, vertebrae, boxes=(side, front), shown=shown)
    column = Box(_WIDTH - _MARGIN - _AXIAL_PX, 4, _AXIAL_PX, bottom - 4)
    if vertebrae:
        _draw_planes(canvas, volume, vertebrae, estimates, shown=shown, column=column)
    else:
        draw_middle(canvas, volume, box=column)
    return to_png(canvas)


def _shown(estimates: Sequence[BmdEstimate]) -> list[VertebralLevel]:
    measured = list(dict.fromkeys(e.level for e in estimates))
    spare = [level for level in _USUAL if level not in measured]
    return measured + spare[: max(0, len(_USUAL) - len(measured))]


def _write_below(canvas: Image.Image, note: str, *, located: bool) -> int:
    """Write the note and what the picture shows; return the row above which panels may stand."""
    lines = wrapped(note, _WIDTH - 2 * _MARGIN, size=_NOTE_SIZE, lines=_NOTE_LINES)
    top = _HEIGHT - _LEGEND_PX - _NOTE_PX * len(lines)
    for number, line in enumerate(lines):
        place = (_MARGIN, top + number * _NOTE_PX)
        write(canvas, line, place, colour=WARNING, size=_NOTE_SIZE)
    lower, upper = WINDOW_HU
    legend = f"window {lower:.0f} to {upper:.0f} HU"
    if located:
        legend += _LEGEND
    write(canvas, legend, (_MARGIN, _HEIGHT - 6), colour=QUIET, size=12, anchor="ls")
    return top - _MARGIN


def _draw_planes(
    canvas: Image.Image,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    estimates: Sequence[BmdEstimate],
    *,
    shown: Sequence[VertebralLevel],
    column: Box,
) -> None:
    """Draw the levels shown below each other, those that were not located by name alone."""
    located = {v.level: v for v in vertebrae}
    height = column.height // max(2, len(shown))
    for number, level in enumerate(shown):
        box = Box(column.left, column.top + number * height, column.width, height)
        if level in located:
            draw_axial(canvas, volume, located[level], estimates, box=box)
        else:
            draw_absent(canvas, level.name, box=box)
