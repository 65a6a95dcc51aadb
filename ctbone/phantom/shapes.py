"""The records that describe a simulated patient: plain geometry in patient coordinates.

Positions are LPS millimetres. A frame is a rotation whose columns are the shape's own left,
posterior and superior directions. How a shape turns into voxels is the business of ``paint``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.bone import EVEN, Interior, Lesion, Spur
from ctbone.phantom.tissue import Tissue

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tube:
    """A chain of round cones along a line.

    Attributes:
        points_mm: Points of the line, shape ``(N, 3)``.
        radii_mm: Radius at each point.
        stretch: How many times wider than the radius it is along each axis of the frame.
        frame: The directions of ``stretch``.
        tissue: What it is made of.
        shift_hu: Added to the attenuation of that tissue.
        cortex_mm: Thickness of a wall of compact bone; 0 for none.
        level: The vertebra that it belongs to.
    """

    points_mm: Array
    radii_mm: Array
    stretch: tuple[float, float, float]
    frame: Array
    tissue: Tissue
    shift_hu: float = 0.0
    cortex_mm: float = 0.0
    level: VertebralLevel | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sheet:
    """Bone between flat or thick plates: triangles with a half thickness at each corner.

    Attributes:
        corners_mm: Corners of each triangle, shape ``(N, 3, 3)``: triangle, corner, coordinate.
        radii_mm: Half the thickness there, shape ``(N, 3)``; edges are as round as it is thick.
        tissue: What it is made of.
        shift_hu: Added to the attenuation of that tissue.
        cortex_mm: Thickness of a wall of compact bone; 0 for none.
        level: The vertebra that it belongs to.
    """

    corners_mm: Array
    radii_mm: Array
    tissue: Tissue
    shift_hu: float = 0.0
    cortex_mm: float = 0.0
    level: VertebralLevel | None = None


#: Either kind of bone.
Solid = TypeVar("Solid", Tube, Sheet)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vertebra:
    """A vertebral body; what else belongs to the vertebra is made of tubes.

    Attributes:
        level: Its level; ``None`` below S1.
        centre_mm: Centre of the body.
        frame: Its own left, posterior and superior directions.
        width_mm: Width at the end plates.
        depth_mm: Depth at the end plates.
        height_mm: Mean height at the rim.
        waist: How much narrower the body is at half height, relative.
        concavity_mm: How deep each end plate is sunk at its middle.
        wedge: Height gained per millimetre towards the back, relative to none: dimensionless.
        back_mm: How far the middle of the posterior wall is sunk.
        bmd_mg_cm3: Mean trabecular density, mg/cm3 of K2HPO4.
        gradient: Relative change of the density from the centre to the upper end plate; the
            lower half mirrors it, so that the mean stands.
        wall_mm: Thickness of the compact wall.
        plate_mm: Thickness of the end plates.
        ring_mm: How far the ring apophysis stands up at the rim of the end plates.
        sunk_mm: How much deeper a fracture has sunk the middle of the upper and lower end plate.
        interior: How unevenly it is filled.
        lesions: What lies in it besides its own bone.
        spurs: What has grown at its end plates.
    """

    level: VertebralLevel | None
    centre_mm: Array
    frame: Array
    width_mm: float
    depth_mm: float
    height_mm: float
    waist: float
    concavity_mm: float
    wedge: float
    back_mm: float
    bmd_mg_cm3: float
    gradient: float
    wall_mm: float
    plate_mm: float
    ring_mm: float = 0.0
    sunk_mm: tuple[float, float] = (0.0, 0.0)
    interior: Interior = EVEN
    lesions: tuple[Lesion, ...] = ()
    spurs: tuple[Spur, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Disc:
    """An intervertebral disc: an elliptic cylinder with rounded edges.

    Attributes:
        centre_mm: Its centre.
        frame: Its own left, posterior and superior directions.
        width_mm: Left to right.
        depth_mm: Front to back.
        height_mm: Between the rims of its neighbours, plus what their end plates leave.
        shift_hu: Added to the attenuation of a disc.
        gas: Whether its middle holds gas.
        gas_reach: Share of the width and depth that the gas takes.
        nucleus_hu: Added to the attenuation of its nucleus, which is softer than the annulus.
        calcified_hu: Added where it has calcified: the front of the annulus.
        level: The vertebra above it.
    """

    centre_mm: Array
    frame: Array
    width_mm: float
    depth_mm: float
    height_mm: float
    shift_hu: float
    gas: bool
    gas_reach: float = 0.55
    nucleus_hu: float = 0.0
    calcified_hu: float = 0.0
    level: VertebralLevel | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Puck:
    """An elliptic cylinder of one material: a part of a disc prosthesis, a cage.

    Attributes:
        centre_mm: Its centre.
        frame: Its own left, posterior and superior directions.
        width_mm: Left to right.
        depth_mm: Front to back.
        height_mm: Along its axis.
        tissue: What it is made of.
    """

    centre_mm: Array
    frame: Array
    width_mm: float
    depth_mm: float
    height_mm: float
    tissue: Tissue


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """The table top: a shell curved about the long axis of the scanner.

    Attributes:
        top_mm: Posterior coordinate of its lowest line, LPS.
        centre_mm: Left coordinate of its middle.
        radius_mm: Radius of its curve.
        half_width_mm: Half its width.
        thickness_mm: Thickness of the whole top.
        shell_mm: Thickness of its carbon skin.
        mattress_mm: Thickness of the mattress on it; 0 for none.
    """

    top_mm: float
    centre_mm: float
    radius_mm: float
    half_width_mm: float
    thickness_mm: float
    shell_mm: float = 1.5
    mattress_mm: float = 0.0


def moved(shape: Solid, motion: Array) -> Solid:
    """Return a shape where a rigid motion, shape ``(4, 4)``, takes it."""
    turn, shift = motion[:3, :3], motion[:3, 3]
    if isinstance(shape, Tube):
        return replace(shape, points_mm=shape.points_mm @ turn.T + shift, frame=turn @ shape.frame)
    return replace(shape, corners_mm=shape.corners_mm @ turn.T + shift)
