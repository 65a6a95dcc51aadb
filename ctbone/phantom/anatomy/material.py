"""What a bone is made of, and bones made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.shapes import Array, Sheet, Tube
from ctbone.phantom.tissue import Tissue


@dataclass(frozen=True, slots=True)
class BoneMaterial:
    """Compact bone round something softer.

    Attributes:
        shift_hu: Added to the attenuation of the inside.
        cortex_mm: Thickness of the compact wall; 0 for none.
        tissue: What the inside is.
    """

    shift_hu: float = 0.0
    cortex_mm: float = 1.0
    tissue: Tissue = Tissue.MARROW

    def tube(
        self,
        points_mm: Sequence[Array] | Array,
        radii_mm: Sequence[float] | Array | float,
        *,
        stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
        frame: Array | None = None,
        level: VertebralLevel | None = None,
    ) -> Tube:
        """Return a chain of round cones; one radius serves all points."""
        points = np.asarray(points_mm, dtype=np.float64)
        return Tube(
            points_mm=points,
            radii_mm=_each(radii_mm, len(points)),
            stretch=stretch,
            frame=np.eye(3) if frame is None else frame,
            tissue=self.tissue,
            shift_hu=self.shift_hu,
            cortex_mm=self.cortex_mm,
            level=level,
        )

    def sheet(
        self,
        points_mm: Sequence[Array] | Array,
        radii_mm: Sequence[float] | Array | float,
        triangles: Sequence[tuple[int, int, int]],
        *,
        level: VertebralLevel | None = None,
    ) -> Sheet:
        """Return triangles between points, named by their rank; one radius serves all points."""
        points = np.asarray(points_mm, dtype=np.float64)
        radii = _each(radii_mm, len(points))
        corners = np.asarray(triangles)
        return Sheet(
            corners_mm=points[corners],
            radii_mm=radii[corners],
            tissue=self.tissue,
            shift_hu=self.shift_hu,
            cortex_mm=self.cortex_mm,
            level=level,
        )


def _each(radii_mm: Sequence[float] | Array | float, count: int) -> Array:
    """Return one radius a point."""
    if isinstance(radii_mm, (int, float)):
        return np.full(count, float(radii_mm))
    return np.asarray(radii_mm, dtype=np.float64)


#: The two triangles of four points in turn round a quadrilateral.
QUAD = ((0, 1, 2), (0, 2, 3))
