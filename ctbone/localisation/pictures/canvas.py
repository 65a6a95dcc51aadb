"""What a picture is drawn on: panels of CT, outlines and words on black, and a light PNG of them.

Everything is in pixels from the top left. Pillow draws, for it starts in no time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont
from scipy import ndimage

from ctbone.drawing import QUIET

Floats = NDArray[np.float32] | NDArray[np.float64]

#: Attenuation shown as black and as white, Hounsfield units: soft tissue keeps its contrast and
#: cortical bone does not drown.
WINDOW_HU = (-160.0, 560.0)

#: Colours on black and grey. Blue, yellow and orange are told apart by colour-blind readers
#: too, and differ in lightness; the last is the accent of every figure, lighter as black asks.
BODY, REGION, WARNING, WORDS = "#5cc8ff", "#ffe14d", "#ff8660", "#e8edf2"

#: Shades of grey of the file, and of each colour blended over grey: few, so that it is light.
_GREYS, _BLENDS = 34, ((1.0, 0), (0.7, 40), (0.7, 160), (0.4, 40), (0.4, 160), (0.4, 255))

#: Where a line may end: not between a number and its unit.
_BREAK = re.compile(r"\s+(?!(?:%|HU|mm|mg/cm3)(?:\W|$))")


def paste(canvas: Image.Image, panel: NDArray[np.uint8], *, left: int, top: int) -> None:
    """Put a panel, uint8 ``(H, W, 3)``, on a picture."""
    canvas.paste(Image.fromarray(panel), (left, top))


def write(
    canvas: Image.Image,
    text: str,
    place: tuple[float, float],
    *,
    colour: str = WORDS,
    size: int = 15,
    anchor: str = "la",
) -> None:
    """Write one line, edged in black so that it can be read on bone as well.

    Args:
        canvas: Is drawn on.
        text: The line.
        place: Column and row of its anchor.
        colour: Of the letters.
        size: Of the letters, pixels.
        anchor: Which point of the text lies there, in Pillow's two letters.
    """
    ImageDraw.Draw(canvas).text(
        place,
        printable(text),
        colour,
        _font(size),
        anchor,
        stroke_width=2,
        stroke_fill="black",
    )


def draw_line(
    canvas: Image.Image, points: Sequence[tuple[float, float]], colour: str, *, width: int = 1
) -> None:
    """Draw a line through points."""
    ImageDraw.Draw(canvas).line(list(points), colour, width)


def save(canvas: Image.Image, path: Path) -> None:
    """Write a picture as PNG; its folder is made."""
    keep(to_png(canvas), path)


def to_png(canvas: Image.Image) -> bytes:
    """Return a picture as the content of a PNG file."""
    # Nothing is dithered: noise is what makes a PNG heavy.
    reduced = canvas.quantize(palette=_palette(), dither=Image.Dither.NONE)
    content = BytesIO()
    reduced.save(content, format="PNG")
    return content.getvalue()


def keep(content: bytes, path: Path) -> None:
    """Write the content of a PNG file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A report may hold the earlier picture by a link to it: that one stays as it was.
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def text_width(text: str, size: int = 15) -> float:
    """Return how wide a line is, pixels."""
    return _font(size).getlength(printable(text))


def wrapped(text: str, width: float, *, size: int, lines: int) -> list[str]:
    """Break a text into at most so many lines; what does not fit ends in three dots."""
    found: list[str] = []
    words = [part for word in _BREAK.split(text.strip()) for part in _parts(word, width, size)]
    words = [word for word in words if word]
    while words and len(found) < lines:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= width:
            line += f" {words.pop(0)}"
        found.append(line)
    if words:
        line = found[-1]
        while line and text_width(f"{line}...", size) > width:
            line = line[:-1]
        found[-1] = f"{line.rstrip()}..."
    return found


def printable(text: str) -> str:
    """Return a text in the letters that the font has."""
    return "".join(c if " " <= c <= "~" or c in "±·" else "?" for c in text)


def shaded(hu: Floats, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return attenuation in the window as a panel of so many pixels, width and height."""
    lower, upper = WINDOW_HU
    values = np.clip((hu - lower) * (255.0 / (upper - lower)), 0.0, 255.0)
    grey = Image.fromarray(np.round(values).astype(np.uint8))
    return np.asarray(grey.resize(size, Image.Resampling.BICUBIC).convert("RGB")).copy()


def outline(
    panel: NDArray[np.uint8],
    share: Floats,
    colour: str,
    *,
    corner: tuple[int, int] = (0, 0),
    width: float = 1.6,
    dashed: bool = False,
) -> None:
    """Draw into a panel where the share of a part passes one half.

    Args:
        panel: Is changed, uint8 ``(H, W, 3)``.
        share: From 0 to 1, a value a pixel of a rectangle of the panel.
        colour: Of the line.
        corner: Row and column at which that rectangle begins.
        width: Of the line, pixels.
        dashed: Whether it is broken, for those who do not see the colour.
    """
    if min(share.shape) < 3 or share.max() <= 0.5:
        return
    opacity = _opacity(ndimage.gaussian_filter(share, 1.0), width)
    if dashed:
        opacity *= _dashes(share)
    rows, columns = (slice(c, c + n) for c, n in zip(corner, share.shape, strict=True))
    under = panel[rows, columns].astype(np.float64)
    over = np.array(ImageColor.getrgb(colour), dtype=np.float64)
    panel[rows, columns] = np.round(under + opacity[..., None] * (over - under)).astype(np.uint8)


def _opacity(share: Floats, width: float) -> Floats:
    """Return how opaque a line is: from the distance to it, which is excess over slope."""
    slope = np.hypot(*np.gradient(share))
    distance = np.abs(share - 0.5) / np.maximum(slope, 1e-3)
    return np.asarray(np.clip(width / 2.0 + 0.5 - distance, 0.0, 1.0))


def _dashes(share: Floats) -> NDArray[np.bool_]:
    rows, columns = np.indices(share.shape)
    middle = ndimage.center_of_mass(share)
    turn = np.arctan2(rows - middle[0], columns - middle[1]) / (2.0 * np.pi)
    return np.asarray(np.floor(turn * 20.0) % 2 == 0)


def _parts(word: str, width: float, size: int) -> list[str]:
    """Cut a word that is wider than a line."""
    parts = []
    while text_width(word, size) > width and len(word) > 1:
        count = max(1, int(len(word) * width / text_width(word, size)) - 1)
        parts.append(word[:count])
        word = word[count:]
    return [*parts, word]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@cache
def _palette() -> Image.Image:
    """Return the colours of the file: greys in order, then each colour, pure and blended."""
    colours = [(v, v, v) for v in np.linspace(0, 255, _GREYS).round().astype(int).tolist()]
    # Blends of what is nearly grey would tint the greys beside them.
    colours += [ImageColor.getrgb(name)[:3] for name in (WORDS, QUIET)]
    for name in (BODY, REGION, WARNING):
        pure = np.array(ImageColor.getrgb(name))
        for share, grey in _BLENDS:
            red, green, blue = np.round(share * pure + (1.0 - share) * grey).astype(int).tolist()
            colours.append((red, green, blue))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    return palette
