"""Vertebrae in their own axial mid-planes, and the middle of a volume that shows none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ctbone.densitometry import find_region
from ctbone.drawing import QUIET
from ctbone.localisation.pictures.canvas import (
    BODY,
    REGION,
    WARNING,
    outline,
    paste,
    shaded,
    wrapped,
    write,
)
from ctbone.localisation.pictures.frame import Box, mark_panel
from ctbone.localisation.pictures.surfaces import field_of_view, interpolate
from ctbone.localisation.pictures.words import (
    confidence_of,
    doubt_of,
    heights_of,
    name_of,
    numbers_of,
)
from ctbone.patches import PatchGrid, VertebraPatch, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

#: Wide enough to show what surrounds a body; as high and as fine as what is measured.
_GRID = PatchGrid((80, 80, 48), (1.0, 1.0, 1.0))

#: Pixels above a panel for its title, and below it for two lines of what is said of it.
TITLE_PX, FOOT_PX = 22, 36
_FOOT_SIZE, _FOOT_LINES = 13, 2

#: Points along the longer side of an axial plane of the whole volume.
_POINTS = 256


def draw_axial(
    canvas: Image.Image,
    volume: CTVolume,
    vertebra: VertebraLocalisation,
    estimates: Sequence[BmdEstimate],
    *,
    box: Box,
) -> None:
    """Draw a vertebra's mid-plane with what was measured in it, or why nothing was."""
    patch = extract(volume, vertebra, grid=_GRID)
    inner = _inner(box)
    plane = patch.hu.shape[2] // 2
    slab = patch.hu[:, :, plane - 1 : plane + 2].mean(axis=2)
    panel = shaded(slab.T, (inner.width, inner.height))
    warned = vertebra.reason is not None
    _outline(panel, patch.inside[:, :, plane], WARNING if warned else BODY, dashed=warned)
    if any(e.level is vertebra.level for e in estimates):
        _outline(panel, _region(patch), REGION)
    paste(canvas, panel, left=inner.left, top=inner.top)
    mark_panel(canvas, inner, sides="RLAP", scale=inner.width / _GRID.shape[0], bar_mm=20)
    _say(canvas, vertebra, estimates, box)


def draw_absent(canvas: Image.Image, name: str, *, box: Box) -> None:
    """Say of a level that was asked for that it was not found."""
    write(canvas, f"{name} not located", (box.left, box.top + 3), colour=QUIET)


def draw_middle(canvas: Image.Image, volume: CTVolume, *, box: Box) -> None:
    """Draw the axial plane through the middle of a volume."""
    low, high = field_of_view(volume)
    size = (high - low)[:2]
    step = max(1.0, float(size.max()) / _POINTS)
    left = np.arange(low[0] + step / 2.0, high[0], step)
    posterior = np.arange(low[1] + step / 2.0, high[1], step)
    positions = np.empty((posterior.size, left.size, 3))
    positions[..., 0], positions[..., 1] = left, posterior[:, None]
    positions[..., 2] = (low[2] + high[2]) / 2.0
    hu = interpolate(volume.hu, volume.affine, positions)
    room = _inner(box)
    scale = min(room.width / size[0], room.height / size[1])
    inner = room.centred(*(max(1, round(n * scale)) for n in size))
    paste(canvas, shaded(hu, (inner.width, inner.height)), left=inner.left, top=inner.top)
    mark_panel(canvas, inner, sides="RLAP", scale=scale, bar_mm=100)
    write(canvas, "axial, middle of the volume", (box.left, box.top + 4), colour=QUIET, size=13)


def _inner(box: Box) -> Box:
    """Return the largest square between the lines above and below."""
    side = min(box.width, box.height - TITLE_PX - FOOT_PX)
    return Box(box.left + (box.width - side) // 2, box.top + TITLE_PX, side, side)


def _region(patch: VertebraPatch) -> NDArray[np.bool_]:
    """Return the trabecular region where it is fullest: not every one reaches the mid-plane."""
    region = find_region(patch).inside
    counts = region.sum(axis=(0, 1))
    middle = region.shape[2] // 2
    plane = middle if counts[middle] else int(counts.argmax())
    return region[:, :, plane]


def _outline(
    panel: NDArray[np.uint8], inside: NDArray[np.bool_], colour: str, *, dashed: bool = False
) -> None:
    """Draw the edge of a part of a patch, bool ``(L, P)``, into its panel."""
    # Rounded by less than a voxel: a staircase of voxels is hard to judge an edge by.
    share = ndimage.gaussian_filter(inside.T.astype(np.float32), 0.8)
    enlarged = Image.fromarray(share).resize(panel.shape[1::-1], Image.Resampling.BICUBIC)
    outline(panel, np.asarray(enlarged), colour, dashed=dashed)


def _say(
    canvas: Image.Image,
    vertebra: VertebraLocalisation,
    estimates: Sequence[BmdEstimate],
    box: Box,
) -> None:
    warned = vertebra.reason is not None
    title = f"{name_of(vertebra)}: {numbers_of(vertebra, estimates)}"
    (title,) = wrapped(title, box.width, size=15, lines=1)
    write(canvas, title, (box.left, box.top + 3), colour=WARNING if warned else BODY)
    lines = wrapped(doubt_of(vertebra), box.width, size=_FOOT_SIZE, lines=_FOOT_LINES)
    lines = lines or [x for x in (heights_of(vertebra), confidence_of(vertebra)) if x]
    top = _inner(box).bottom + 3
    for number, line in enumerate(lines):
        place = (box.left, top + number * (_FOOT_SIZE + 3))
        write(canvas, line, place, colour=WARNING if warned else QUIET, size=_FOOT_SIZE)
