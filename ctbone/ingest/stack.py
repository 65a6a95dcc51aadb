"""Slices that could be a volume."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.ingest.geometry import StackGeometry
from ctbone.records import SliceRecord


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices of one series that share size, spacing and orientation.

    Attributes:
        slices: They, in the order found.
        geometry: How they lie; ``None`` when they do not say.
        fault: Why there is no geometry, empty when there is one.
    """

    slices: tuple[SliceRecord, ...]
    geometry: StackGeometry | None
    fault: str

    @property
    def contradicting(self) -> tuple[tuple[int, ...], ...]:
        """Indices of slices that share a position and are no copies of one another."""
        if self.geometry is None:
            return ()
        return tuple(
            shared
            for shared in self.geometry.duplicates
            if len({(self.slices[n].sop_instance_uid or n, self.slices[n].frame) for n in shared})
            > 1
        )

    @property
    def is_sound(self) -> bool:
        """Whether the slices form one grid without gaps; copies and tilt do not count."""
        geometry = self.geometry
        if geometry is None or geometry.spacing_mm <= 0.0:
            return False
        return not (geometry.gaps or geometry.is_irregular or self.contradicting)
