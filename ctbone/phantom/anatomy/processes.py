"""The parts of a vertebral arch, in the vertebra's own frame.

Positions are left, posterior and superior of the centre of the body, millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.facets import FacetJoint
from ctbone.phantom.anatomy.material import QUAD, BoneMaterial
from ctbone.phantom.anatomy.morphometry import LevelSize
from ctbone.phantom.shapes import Array, Sheet, Tube, Vertebra

Shapes = tuple[Tube | Sheet, ...]

_L = VertebralLevel

#: How far pedicles converge towards the front, degrees; Zindrick et al., Spine 1987;12:160,
#: recalled.
_TOE = {_L.T1: 27.0, _L.T2: 20.0, _L.T3: 15.0, _L.T11: 1.0, _L.T12: -3.0, _L.T13: 0.0,
        _L.L1: 11.0, _L.L2: 12.0, _L.L3: 14.0, _L.L4: 18.0, _L.L5: 29.0, _L.L6: 30.0}  # fmt: skip

#: Height of the tip of a lumbar spinous process, mm; the least is that of L5. Inferred.
_SPINOUS_TIP = {_L.L1: 21.0, _L.L2: 22.0, _L.L3: 21.0, _L.L4: 16.0, _L.L5: 10.0, _L.L6: 9.0,
                _L.T12: 15.0, _L.T13: 17.0, _L.T11: 10.0}  # fmt: skip


def is_lumbar(level: VertebralLevel) -> bool:
    """Return whether a level has the flat transverse processes of the loin."""
    return level.order >= _L.L1.order


def pedicle_height(body: Vertebra, size: LevelSize) -> float:
    """Return how far the pedicles lie above the centre of the body, mm."""
    return 0.5 * body.height_mm - 0.5 * size.pedicle_mm[1] - 0.02 * body.height_mm


def transverse_tip(body: Vertebra, size: LevelSize, side: float) -> Array:
    """Return the middle of the end of a thoracic transverse process, in the own frame."""
    root = _root(body, size, side)
    short = body.level in (_L.T11, _L.T12, _L.T13)
    radius = tip_radius(size)
    out = max(0.5 * size.span_mm - radius - abs(root[0]), 2.0)
    back = out * (0.9 if body.level is not _L.T1 else 0.5) + (3.0 if short else 0.0)
    return np.asarray(root + np.array([side * out, back, 0.22 * out]))


def tip_radius(size: LevelSize) -> float:
    """Return the radius of the end of a thoracic transverse process, mm."""
    return 0.085 * size.span_mm


def _root(body: Vertebra, size: LevelSize, side: float) -> Array:
    """Return where pedicle, lamina and processes meet."""
    out = 0.5 * size.canal_mm[0] + 0.48 * size.pedicle_mm[0] + 0.5
    back = 0.5 * body.depth_mm + 0.72 * size.canal_mm[1]
    return np.array([side * out, back, pedicle_height(body, size) - 1.0])


def facet_plate(joint: FacetJoint, radius: float, side: float, *, of: Own) -> tuple[Array, Sheet]:
    """Return one of the two plates of a joint and its middle, on one side of the joint space."""
    middle = joint.centre_mm + side * (0.5 * joint.gap_mm + radius) * joint.normal
    across = (0.5 * joint.size_mm[0] - radius) * joint.across
    along = (0.5 * joint.size_mm[1] - radius) * joint.along
    corners = [middle + a * across + b * along for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return middle, of.material.sheet(corners, radius, QUAD, level=of.body.level)


def thickness(joint: FacetJoint) -> float:
    """Return half the thickness of the articular processes of a joint, mm."""
    return (0.27 if is_lumbar(joint.lower) else 0.22) * joint.size_mm[0]


def superior_process(joint: FacetJoint, root_mm: Array, of: Own) -> list[Tube | Sheet]:
    """Return a superior articular process: its facet, and a neck from the pedicle to it."""
    radius = thickness(joint)
    middle, plate = facet_plate(joint, radius, -1.0, of=of)
    foot = middle - 0.3 * joint.size_mm[1] * joint.along
    neck = of.material.tube([root_mm, foot], [1.35 * radius, radius], level=of.body.level)
    return [plate, neck]


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """A vertebra in its own frame."""

    body: Vertebra
    size: LevelSize
    material: BoneMaterial

    def place(self, points: Array) -> Array:
        """Take points of the own frame to the patient."""
        return np.asarray(self.body.centre_mm + np.asarray(points) @ self.body.frame.T)

    def pillar(self, side: float) -> Array:
        """Return where the processes start, in the own frame."""
        return _root(self.body, self.size, side)

    def tube(self, points: Sequence[Array] | Array, radii: Sequence[float],
             stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Tube:  # fmt: skip
        """Return a chain of cones between points of the own frame."""
        return self.material.tube(
            self.place(np.array(points)), radii, stretch=stretch, frame=self.body.frame,
            level=self.body.level,
        )  # fmt: skip

    def sheet(self, points: Sequence[Array] | Array, radii: Sequence[float]) -> Sheet:
        """Return a quadrilateral between points of the own frame."""
        return self.material.sheet(
            self.place(np.array(points)), radii, QUAD, level=self.body.level
        )

    def pedicle(self, side: float) -> Tube:
        """Return a pedicle: an upright oval from the body to where the processes start."""
        width, height = self.size.pedicle_mm
        level = _named(self.body.level)
        toe = np.deg2rad(_TOE.get(level, 8.0 if is_lumbar(level) else 9.0))
        back = 0.5 * self.body.depth_mm + 0.42 * self.size.canal_mm[1]
        out = 0.5 * (self.size.canal_mm[0] + width)
        end = np.array([side * out, back, pedicle_height(self.body, self.size)])
        reach = 0.42 * self.size.canal_mm[1] / np.cos(toe) + 5.0
        start = end - reach * np.array([side * np.sin(toe), np.cos(toe), 0.0])
        root = self.pillar(side)
        small = 0.5 * width
        return self.tube([start, end, root], [small, small, small], (1.0, 1.0, height / width))

    def lamina(self, side: float) -> Sheet:
        """Return one lamina: a plate from beside the canal to the root of the spinous process."""
        root, thick = self.pillar(side), 0.13 * self.size.canal_mm[0] + 0.2
        top, bottom, back = self._roof(thick)
        half = 0.5 * self.size.canal_mm[0] + thick
        lateral = [side * half, root[1], root[2] - 0.5 * thick]
        low = [side * 0.82 * half, root[1] + 0.45 * (back - root[1]) + 1.5, bottom]
        slant = 0.0 if is_lumbar(_named(self.body.level)) else 3.0
        corners = [lateral, [0.0, back, top], [0.0, back + slant, bottom], low]
        return self.sheet(np.array(corners), [thick, thick, 1.1 * thick, 1.05 * thick])

    def _roof(self, thick: float) -> tuple[float, float, float]:
        """Return top, bottom and back of the laminae where they meet, in the own frame."""
        above = pedicle_height(self.body, self.size)
        drop = 0.75 if not is_lumbar(_named(self.body.level)) else 0.35
        high = 0.5 * self.body.height_mm
        top = above - 0.3 * self.size.pedicle_mm[1] - thick
        bottom = -high - drop * self.size.disc_mm + thick
        if self.body.level in (_L.L5, _L.L6):
            bottom += 4.0
        back = 0.5 * self.body.depth_mm + self.size.canal_mm[1] + thick
        return top, bottom, back

    def spinous(self, rng: Generator) -> Shapes:
        """Return the spinous process: a plate, thicker along its end, sometimes off the middle."""
        top, bottom, back = self._roof(0.13 * self.size.canal_mm[0] + 0.2)
        root = np.array([0.0, back, 0.5 * (top + bottom)])
        tip = self._spinous_tip(root)
        tip[0] += float(rng.normal(0.0, 0.04)) * (tip[1] - root[1])
        high = 0.5 * _SPINOUS_TIP.get(_named(self.body.level), 6.0) * self.size.spinous_mm / 50.0
        rise = np.array([0.0, 0.0, max(high - 2.5, 0.8)])
        upper = np.array([0.0, back, root[2] + 0.3 * (top - bottom)])
        lower = np.array([0.0, back, bottom])
        plate = self.sheet([upper, tip + rise, tip - rise, lower], [2.6, 2.3, 2.4, 3.0])
        return (plate, self.tube([tip + rise, tip - rise], [2.8, 3.2]))

    def _spinous_tip(self, root: Array) -> Array:
        """Return the end of the process: its reach is taken from the back of the body."""
        away = np.array([0.0, 1.0, -self.size.spinous_drop])
        away /= np.linalg.norm(away)
        wall = root - np.array([0.0, 0.5 * self.body.depth_mm, 0.0])
        along, reach = wall @ away, self.size.spinous_mm - 2.5
        length = np.sqrt(max(along**2 - wall @ wall + reach**2, 0.0)) - along
        return np.asarray(root + max(float(length), 6.0) * away)

    def transverse(self, side: float, lift: float) -> Tube:
        """Return a transverse process, of the chest, the loin or the neck."""
        level, root = _named(self.body.level), self.pillar(side)
        if level.order <= _L.C7.order:
            tip = np.array([side * 0.5 * self.size.span_mm, 0.35 * self.body.depth_mm, root[2]])
            return self.tube([root, tip], [4.5, 3.5], (1.0, 1.2, 1.0))
        if not is_lumbar(level):
            end = transverse_tip(self.body, self.size, side)
            radius = tip_radius(self.size)
            return self.tube([root, end], [0.85 * radius, radius], (1.0, 1.0, 1.15))
        return self._costal(side, root, lift)

    def _costal(self, side: float, root: Array, lift: float) -> Tube:
        """Return a lumbar one: long, flat and lateral; that of L5 stout."""
        stout = 2.1 if self.body.level in (_L.L5, _L.L6) else 1.0
        thick = np.array([3.0, 2.5, 2.1]) * stout
        start = root + np.array([-side * 1.0, -0.18 * self.size.canal_mm[1], -1.0])
        out = 0.5 * self.size.span_mm - thick[2] - abs(start[0])
        rise = lift + (0.25 if stout > 1.0 else 0.0)
        end = start + out * np.array([side, 0.28, rise])
        middle = 0.5 * (start + end) + np.array([0.0, 0.0, 0.03 * out])
        return self.tube([start, middle, end], thick.tolist(), (1.0, 1.0, 2.4 / stout**0.7))

    def inferior(self, joint: FacetJoint) -> list[Tube | Sheet]:
        """Return an inferior articular process: its facet, and the isthmus down to it."""
        radius = thickness(joint)
        middle, plate = facet_plate(joint, radius, 1.0, of=self)
        root = self.place(self.pillar(joint.side))
        head = middle + 0.35 * joint.size_mm[1] * joint.along
        isthmus = self.material.tube(
            [root, head, middle], [1.25 * radius, 1.2 * radius, radius], level=self.body.level
        )
        return [plate, isthmus]


def _named(level: VertebralLevel | None) -> VertebralLevel:
    assert level is not None  # noqa: S101 - only named levels have arches
    return level
