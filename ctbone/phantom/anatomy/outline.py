"""The surface of a vertebral body, and what its inside is like, in its own coordinates.

Formulas here take NumPy arrays and torch tensors alike, so that what is sampled and what is
painted cannot drift apart: they use nothing but operators, ``abs`` and ``clip``. ``u``, ``v`` and
``w`` are millimetres from the centre towards the left, the back and the top of the body itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ctbone.phantom.shapes import Array, Vertebra

if TYPE_CHECKING:
    from torch import Tensor

    Field = TypeVar("Field", Array, Tensor)

#: Where the anterior, middle and posterior heights are taken, as shares of half the depth: just
#: inside the rim at the front, and before the sunken wall at the back.
HEIGHTS_AT = (-0.85, 0.0, 0.75)

#: How far inside the surface the interior begins, mm: what TotalSegmentator's report erodes by
#: before it takes the median (SCIENCE: totalseg_spine_report), and about the point spread and
#: slice of a 5-mm scan.
INTERIOR_MM = 4.0


def interior_depth(body: Vertebra) -> float:
    """Return how far inside the surface the interior of a body begins, mm.

    A body that has collapsed, or a small one, has less than 4 mm to give: a quarter of its least
    dimension then.
    """
    return min(INTERIOR_MM, 0.25 * min(body.width_mm, body.depth_mm, body.height_mm))


def body_distances(body: Vertebra, u: Field, v: Field, w: Field) -> tuple[Field, Field]:
    """Return the distance to the wall and to the nearer end plate, mm; negative inside.

    The cross-section is an ellipse narrowed at half height, with a sunken back. The end plates
    are wedged, sunk at their middle and raised in a ring at the rim.
    """
    rise = (w * (2.0 / body.height_mm)) ** 2
    narrow = (rise - 1.0) * body.waist + 1.0
    across = (u * (2.0 / body.width_mm)) ** 2
    depth = (v * (2.0 / body.depth_mm)) ** 2
    square = across + depth
    radius = (square - 0.2 * (across * depth)).clip(min=0.0) ** 0.5 / narrow
    front = (radius - 1.0) * (0.25 * (body.width_mm + body.depth_mm))
    back = v - (0.5 * body.depth_mm - body.back_mm) * narrow - across * (1.1 * body.back_mm)
    end = _end_distance(body, square, v, w)
    return _greater(front, back), end


def _greater(first: Field, second: Field) -> Field:
    larger: Field = second + (first - second).clip(min=0.0)
    return larger


def _end_distance(body: Vertebra, square: Field, v: Field, w: Field) -> Field:
    rim = (1.0 - square).clip(min=0.0)
    top = 0.5 * body.height_mm + v * (0.5 * body.wedge) - rim * body.concavity_mm
    if body.ring_mm:
        top = top + _ring(square) * body.ring_mm
    if body.sunk_mm == (0.0, 0.0):
        return abs(w) - top
    pit = rim**3
    upper, lower = w - top + pit * body.sunk_mm[0], -w - top + pit * body.sunk_mm[1]
    return _greater(upper, lower)


def _ring(square: Field) -> Field:
    """Return the profile of the ring apophysis: 1 at nine tenths of the radius, 0 beyond."""
    return (1.0 - ((square - 0.81) * (1.0 / 0.3)) ** 2).clip(min=0.0)


def heights(body: Vertebra) -> tuple[float, float, float]:
    """Return the anterior, middle and posterior height in the midline, mm."""
    rows = _height_rows(body) @ np.array([body.height_mm, body.wedge, sum(body.sunk_mm)])
    front, middle, back = (float(x) for x in rows + _fixed_heights(body))
    return front, middle, back


def reshaped(body: Vertebra, wanted_mm: tuple[float, float, float], *, upper: float) -> Vertebra:
    """Return the body with other anterior, middle and posterior heights.

    Args:
        body: A body.
        wanted_mm: The heights that it shall have.
        upper: Share of the change at the middle that the upper end plate takes.
    """
    fixed = _fixed_heights(body)
    solved = np.linalg.solve(_height_rows(body), np.array(wanted_mm) - fixed)
    height, wedge, sunk = (float(x) for x in solved)
    return replace(
        body, height_mm=height, wedge=wedge, sunk_mm=(upper * sunk, (1.0 - upper) * sunk)
    )


def _height_rows(body: Vertebra) -> Array:
    """Return what rim height, wedge and sinking together do to the three heights."""
    at = np.array(HEIGHTS_AT)
    return np.stack([np.ones(3), 0.5 * body.depth_mm * at, -((1.0 - at**2) ** 3)], axis=1)


def _fixed_heights(body: Vertebra) -> Array:
    square = np.array(HEIGHTS_AT) ** 2
    return 2.0 * (body.ring_mm * _ring(square) - body.concavity_mm * (1.0 - square))


def filling(body: Vertebra, u: Field, v: Field, w: Field, canal: Field | float) -> Field:
    """Return the density over the mean density, without the texture.

    Args:
        body: The body.
        u: Positions towards its left, mm.
        v: Positions towards its back, mm.
        w: Positions towards its top, mm.
        canal: Share that the canal of the basivertebral vein takes.
    """
    inside = body.interior
    y, z = v * (2.0 / body.depth_mm), w * (2.0 / body.height_mm)
    even = z * (z * inside.plates + body.gradient) + (y * inside.front + 1.0)
    if inside.hollow:
        x = u * (2.0 / body.width_mm)
        even = even - inside.hollow / (x * x * 3.0 + ((y + 0.25) ** 2 * 4.0 + z * z * 3.0) + 1.0)
    return even * (1.0 - canal) + inside.level


def canal_share(
    body: Vertebra, u: Field, v: Field, w: Field, *, extent_mm: tuple[float, float] = (0.0, 0.0)
) -> Field:
    """Return the share that the canal of the basivertebral vein takes.

    A wedge that widens from its tip to the middle of the posterior wall; across it, the share
    falls as ``1 / (1 + r**2)**2``, whose integral is that of an ellipse of its half-widths.

    Args:
        body: The body.
        u: Positions towards its left, mm.
        v: Positions towards its back, mm.
        w: Positions towards its top, mm.
        extent_mm: What a voxel averages over along ``u`` and ``w``: it widens the canal, which
            then takes as much less.
    """
    inside = body.interior
    tip = inside.vein_tip * 0.5 * body.depth_mm
    along = ((v - tip) * (1.0 / (0.5 * body.depth_mm - tip))).clip(min=0.0, max=1.0)
    open_ = along * 0.75 + 0.25
    wide, high = (open_ * half for half in inside.vein_mm)
    # The variance of a box of extent s is s**2 / 12; that of the profile is about its half-width.
    wide_s, high_s = (
        half**2 + s * s / 6.0 for half, s in zip((wide, high), extent_mm, strict=True)
    )
    near = u * u / wide_s + w * w / high_s + 1.0
    depth = (along * 6.0).clip(max=1.0) * inside.vein
    return depth * (wide * high) / ((wide_s * high_s) ** 0.5 * near * near)
