"""Drawing facet joints: where neighbouring vertebrae meet behind, and how the joint is turned.

Angles of a joint are those between its plane and the midsagittal plane, seen from above, open to
the back: 0 is sagittal, 90 coronal, beyond that the upper facet looks back and outwards. Means
are those of Masharawi et al., Spine 2004 (4,080 vertebrae): 25 to 30 degrees beyond coronal from
T1 to T11, 26 to 34 from the midsagittal plane from T12 to L2, 40 to 56 from L3 to L5. Where the
thoracic pattern gives way follows Singer et al., Surg Radiol Anat 1988 (214 columns): at once at
T12 in 29 %, at T11 in 16 %, at L1 in 0.5 %, over T11 to T12 in 54 %. Sizes and distances are in
keeping with Panjabi et al., Spine 1993;18:1298, recalled rather than copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.morphometry import LevelSize
from ctbone.phantom.shapes import Array, Vertebra

_L = VertebralLevel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FacetJoint:
    """One joint between the articular processes of neighbours.

    Attributes:
        upper: The vertebra above.
        lower: The vertebra below.
        side: 1 on the left, -1 on the right.
        centre_mm: Middle of the joint space.
        normal: From the superior process of the lower to the inferior process of the upper.
        across: Direction along the joint in the transverse plane.
        along: Direction along the joint upwards.
        size_mm: Width and height of the facets.
        gap_mm: Width of the joint space.
    """

    upper: VertebralLevel
    lower: VertebralLevel
    side: float
    centre_mm: Array
    normal: Array
    across: Array
    along: Array
    size_mm: tuple[float, float]
    gap_mm: float


#: Joint below each level: angle and tilt (degrees), distance between the two (mm), width and
#: height of a facet (mm). Tilt is how far the joint looks upwards.
_JOINTS: Mapping[VertebralLevel, tuple[float, float, float, float, float]] = MappingProxyType(
    {
        **{_L(n): (95.0, 45.0, 39.0, 11.5, 11.0) for n in range(3, 7)},
        _L.C7: (100.0, 35.0, 34.0, 11.5, 11.0),
        _L.T1: (112.0, 24.0, 28.0, 11.0, 11.5),
        **{_L(n): (117.0, 18.0, 24.0, 10.5, 12.0) for n in range(_L.T2, _L.T10)},
        _L.T10: (115.0, 14.0, 24.0, 11.0, 12.0),
        _L.T11: (112.0, 10.0, 24.5, 11.0, 12.5),
        _L.T12: (30.0, 4.0, 29.5, 12.0, 13.5),
        _L.T13: (30.0, 4.0, 30.0, 12.0, 13.5),
        _L.L1: (27.0, 3.0, 31.0, 12.5, 14.5),
        _L.L2: (32.0, 2.0, 32.5, 13.5, 15.0),
        _L.L3: (41.0, 2.0, 35.0, 14.5, 15.5),
        _L.L4: (48.0, 2.0, 39.0, 15.0, 15.5),
        _L.L5: (56.0, 4.0, 44.0, 15.5, 15.5),
        _L.L6: (56.0, 6.0, 45.0, 15.5, 15.5),
    }
)

#: Spread of the angle between patients and between the sides of one, degrees; inferred, with
#: which a side differs by more than 10 degrees in about one joint of ten.
_ANGLE_SD, _TROPISM_SD = 6.0, 4.5

#: Least distance between two sagittal joints, whose inner halves flank the canal, mm.
_SAGITTAL_APART_MM = 29.5

#: Shares of columns that change at T11, at T12, at L1; the others change over T11 and T12.
_CHANGES = (0.16, 0.29, 0.005)

#: Angle of the joints below T11 and T12 in each of these cases, and in the gradual one.
_CHANGE_ANGLES = ((40.0, 28.0), (112.0, 30.0), (114.0, 95.0), (85.0, 38.0))


def draw_joints(
    bodies: tuple[Vertebra, ...],
    sizes: Mapping[VertebralLevel, LevelSize],
    *,
    scale: float,
    wear: float,
    rng: Generator,
) -> tuple[FacetJoint, ...]:
    """Draw the joints on both sides of all neighbours, cranial first, right before left.

    Args:
        bodies: From cranial to S1.
        sizes: What each level of this patient measures.
        scale: Size relative to the tables.
        wear: From 0, joints of the young, to 1: narrow, and framed by overgrown processes.
        rng: Source of chance.
    """
    angles = _draw_angles(rng)
    joints = []
    for upper, lower in pairwise(bodies):
        assert upper.level is not None and lower.level is not None  # noqa: PT018, S101
        row = _JOINTS[upper.level]
        for side in (-1.0, 1.0):
            angle = angles[upper.level] + float(rng.normal(0.0, _TROPISM_SD))
            draw = (angle, *row[1:])
            gap = float(rng.uniform(1.4, 2.4)) * (1.0 - 0.45 * wear)
            canal = sizes[upper.level].canal_mm[1]
            joints.append(_joint(upper, lower, side, draw, (canal, scale, wear, gap)))
    return tuple(joints)


def _draw_angles(rng: Generator) -> dict[VertebralLevel, float]:
    """Draw the mean angle of the two joints below every level."""
    angles = {level: row[0] + float(rng.normal(0.0, _ANGLE_SD)) for level, row in _JOINTS.items()}
    which = int(np.searchsorted(np.cumsum(_CHANGES), rng.random(), side="right"))
    for level, angle in zip((_L.T11, _L.T12), _CHANGE_ANGLES[which], strict=True):
        angles[level] = angle + float(rng.normal(0.0, _ANGLE_SD))
    return angles


def _joint(
    upper: Vertebra,
    lower: Vertebra,
    side: float,
    draw: tuple[float, ...],
    sizes: tuple[float, float, float, float],
) -> FacetJoint:
    assert upper.level is not None and lower.level is not None  # noqa: PT018, S101
    angle, tilt = np.deg2rad(draw[:2])
    canal, scale, wear, gap = sizes
    apart, width, height = (x * scale for x in draw[2:])
    apart = max(apart, _SAGITTAL_APART_MM * scale * min(1.2 * float(np.cos(angle)), 1.0))
    left, _, right = np.linalg.svd(upper.frame + lower.frame)
    frame = left @ right
    normal = np.array([-side * np.cos(angle), np.sin(angle), 0.0])
    normal = np.cos(tilt) * normal + np.array([0.0, 0.0, np.sin(tilt)])
    across = np.array([side * np.sin(angle), np.cos(angle), 0.0])
    along = np.cross(across, normal)
    along = along if along[2] > 0.0 else -along
    floor = upper.centre_mm - 0.5 * upper.height_mm * upper.frame[:, 2]
    roof = lower.centre_mm + 0.5 * lower.height_mm * lower.frame[:, 2]
    # The inferior process lies inside a sagittal joint, where the canal must stay free of it.
    back = 0.25 * (upper.depth_mm + lower.depth_mm) + 0.9 * canal
    back += (1.5 + 2.5 * max(float(np.cos(angle)), 0.0) ** 2) * scale
    place = np.array([side * 0.5 * apart, back, 0.0])
    return FacetJoint(
        upper=upper.level,
        lower=lower.level,
        side=side,
        centre_mm=0.5 * (floor + roof) + frame @ place,
        normal=frame @ normal,
        across=frame @ across,
        along=frame @ along,
        size_mm=(width * (1.0 + 0.15 * wear), height * (1.0 + 0.1 * wear)),
        gap_mm=gap,
    )
