"""The records that describe soft tissue: the trunk, organs with layers, bowel, and threads.

Positions are LPS millimetres; a frame is a rotation whose columns are the shape's own left,
posterior and superior directions, as in ``shapes``. A thread is a ``Tube`` without a wall.
"""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.phantom.shapes import Array, Tube
from ctbone.phantom.tissue import Tissue


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Torso:
    """The layers of the trunk, as outlines that change with height.

    Each outline is a rounded rectangle ``X**2 + Y**2 - k * X**2 * Y**2 = 1`` in the patient's own
    frame: turned by ``turn_rad`` about the long axis and sheared by ``lean`` along it, so that
    heights stay heights.

    Attributes:
        origin_mm: Centre of L1: where the own frame is at rest.
        turn_rad: Rotation about the superior axis.
        lean: Drift to the left and posteriorly per millimetre upwards.
        heights_mm: Knots, relative to the origin, ascending, equally spaced, shape ``(N,)``.
        skin: Half-width, y of the centre, half-depth and x of the centre, shape ``(4, N)``.
        wall: The same for the outside of the muscles and ribs.
        cavity: The same for the inside.
        squareness: The ``k`` of the outlines.
        domes_mm: Height of the right and left dome of the diaphragm above the origin.
        dome_fall_mm: How far the diaphragm falls from there to the wall.
        mediastinum_mm: Half its width.
        muscle_mm: Thickness of the muscle round the cavity at each knot, shape ``(N,)``; fat lies
            between it and the muscles that stand apart.
        parting_mm: How far apart from the midline the two middles of the outlines are: legs.
        cover_mm: Thickness of the muscle on the outside of the ribs at each knot.
        breasts: Centre in the own frame and semi-axes of each, mm.
        shoulders: The same for the flesh of the shoulders.
        skin_mm: Thickness of the skin.
        lung_shift_hu: Added to the attenuation of lung.
        fat_shift_hu: Added to the attenuation of fat.
        wall_shift_hu: Added to the attenuation of muscle.
    """

    origin_mm: Array
    turn_rad: float
    lean: tuple[float, float]
    heights_mm: Array
    skin: Array
    wall: Array
    cavity: Array
    squareness: float
    domes_mm: tuple[float, float]
    dome_fall_mm: float
    mediastinum_mm: float
    muscle_mm: Array
    parting_mm: Array
    cover_mm: Array
    breasts: tuple[tuple[Array, Array], ...]
    shoulders: tuple[tuple[Array, Array], ...]
    skin_mm: float
    lung_shift_hu: float
    fat_shift_hu: float
    wall_shift_hu: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Layer:
    """What an organ is made of from a depth inwards.

    Attributes:
        depth_mm: How far below the surface it begins.
        tissue: What it is made of.
        shift_hu: Added to the attenuation of that tissue.
        top_mm: It reaches no further up than this posterior coordinate, LPS: where gas above it
            or fluid below it begins, for patients lie on their backs. ``None`` for everywhere.
        gas: Whether it lies above that coordinate (gas) or below it (what sinks).
    """

    depth_mm: float
    tissue: Tissue
    shift_hu: float = 0.0
    top_mm: float | None = None
    gas: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Organ:
    """A rounded, bent and uneven body, cut by planes.

    Attributes:
        centre_mm: Its centre.
        semi_axes_mm: Half its extent along each axis of the frame, before bending.
        frame: Its own directions.
        tissue: What it is made of.
        shift_hu: Added to the attenuation of that tissue.
        bend_mm: How far both ends of the third axis are moved along the first two.
        waves: Unevenness of the surface: rows of three wave numbers in units of the semi-axes, a
            phase, and an amplitude relative to the radius, shape ``(N, 5)``.
        cuts: Planes as a normal and a point: what lies beyond along the normal is away.
        layers: What lies deeper, outermost first.
    """

    centre_mm: Array
    semi_axes_mm: tuple[float, float, float]
    frame: Array
    tissue: Tissue
    shift_hu: float = 0.0
    bend_mm: tuple[float, float] = (0.0, 0.0)
    waves: Array
    cuts: tuple[tuple[Array, Array], ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Branches:
    """Many round cones of one tissue: a vessel tree, marbling, bubbles.

    Attributes:
        starts_mm: Where each begins, shape ``(N, 3)``.
        ends_mm: Where each ends.
        radii_mm: Radius at both ends, shape ``(N, 2)``.
        tissue: What they are made of.
        shift_hu: Added to the attenuation of that tissue.
    """

    starts_mm: Array
    ends_mm: Array
    radii_mm: Array
    tissue: Tissue
    shift_hu: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Strap:
    """A muscle that runs along the patient: an ellipse that changes with height.

    Attributes:
        heights_mm: Heights of the knots, ascending, LPS, shape ``(N,)``.
        middles_mm: Centre of the ellipse to the left and posteriorly, shape ``(N, 2)``.
        semi_axes_mm: Half its extent along its own axes, shape ``(N, 2)``.
        turn_rad: How far its own axes are turned from left and posterior, anticlockwise as seen
            from above.
        tissue: What it is made of.
        shift_hu: Added to the attenuation of that tissue.
    """

    heights_mm: Array
    middles_mm: Array
    semi_axes_mm: Array
    turn_rad: float
    tissue: Tissue
    shift_hu: float = 0.0


#: What is painted many at a time.
Thread = Tube | Branches


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gut:
    """Stomach and bowel as chains of round cones, each with a wall and a filling.

    Attributes:
        starts_mm: Where each cone begins, shape ``(N, 3)``.
        ends_mm: Where each ends.
        radii_mm: Radius at both ends, shape ``(N, 2)``.
        wall_mm: Thickness of the wall of each, shape ``(N,)``.
        level: Where gas begins: posterior of it lies fluid, in radii from the axis backwards,
            shape ``(N,)``; below -1 there is no gas.
        solid: Whether each is filled with stool, shape ``(N,)``.
        contrast: Share of positive oral contrast in what has been drunk; may exceed 1.
        fluid_shift_hu: Added to the attenuation of what has been drunk and eaten.
        shift_hu: Added to the attenuation of the wall.
        mottle: Wave vectors (rad/mm) and phases of the gas in stool, shape ``(M, 4)``.
    """

    starts_mm: Array
    ends_mm: Array
    radii_mm: Array
    wall_mm: Array
    level: Array
    solid: Array
    contrast: float
    fluid_shift_hu: float
    shift_hu: float
    mottle: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lungs:
    """What is in the lungs and leads to them.

    Attributes:
        shift_hu: Added to the attenuation of lung.
        slope_hu_mm: How much denser lung is a millimetre further back.
        emphysema_hu: How much less dense the holes are; 0 for none.
        holes: Wave vectors (rad/mm) and phases of the holes, shape ``(M, 4)``.
        effusion_mm: Height of a free effusion above the back of each half, right and left.
        vessels: Branching arteries and veins.
        airway_walls: Trachea and bronchi, outside.
        airways: Trachea and bronchi, inside.
    """

    shift_hu: float
    slope_hu_mm: float
    emphysema_hu: float
    holes: Array
    effusion_mm: tuple[float, float]
    vessels: tuple[Thread, ...]
    airway_walls: tuple[Thread, ...]
    airways: tuple[Thread, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Attachments:
    """What lies on the patient and what was led into him.

    Attributes:
        threads: Cables, tubes and metal, brighter than what they lie in.
        lumens: The hollow of drains and tubes.
    """

    threads: tuple[Thread, ...] = ()
    lumens: tuple[Thread, ...] = ()
