"""Columns of vertebrae anywhere in a CT that holds nothing: what a picture needs and no more."""

from __future__ import annotations

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import CTVolume

#: All levels from the first thoracic to the last lumbar.
LEVELS = tuple(v.name for v in sorted(VertebralLevel, key=lambda v: v.order) if 8 <= v.order < 25)


def make_ct(shape=(50, 46, 120), spacing=(4.1, 3.9, 5.0), hu=None):
    """Make a CT whose middle is the origin; ``hu`` gives its values at positions (..., 3)."""
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -(np.asarray(shape) - 1) / 2.0 * spacing
    values = np.zeros(shape, np.float32)
    if hu is not None:
        indices = np.moveaxis(np.indices(shape), 0, -1)
        values = hu(indices * np.asarray(spacing) + affine[:3, 3]).astype(np.float32)
    return CTVolume(values, affine, "1.2.3")


def make_column(names=("T12", "L1", "L2"), *, pitch=30.0, sway=0.0, lean=0.0, bodies=True):
    """Make vertebrae that sway to the left and lean back, their middle at the origin.

    Args:
        names: Their levels, from the top.
        pitch: How much lower each stands than the one above, mm.
        sway: How far the middle stands left of the ends, mm.
        lean: How far back each stands behind the one above, mm.
        bodies: Whether they have masks: boxes of 40 by 30 mm, 0.7 of the pitch high.
    """
    middle = (len(names) - 1) / 2.0
    found = []
    for number, name in enumerate(names):
        away = number - middle
        left = sway * np.cos(np.pi / 2.0 * away / max(middle, 1.0))
        centre = (float(left), float(lean * away), float(-pitch * away))
        body = _box(centre, (40.0, 30.0, 0.7 * pitch)) if bodies else None
        level = VertebralLevel[name]
        found.append(VertebraLocalisation(level, centre, np.eye(3), 1.0, body, is_whole=True))
    return found


def _box(centre, size):
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    shape = [round(s / 2.0) + 4 for s in size]
    affine[:3, 3] = np.asarray(centre) - (np.asarray(shape) - 1.0)
    inside = np.zeros(shape, bool)
    inside[2:-2, 2:-2, 2:-2] = True
    return BodyMask(inside, affine)
