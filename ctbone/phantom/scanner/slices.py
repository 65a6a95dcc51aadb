"""Slices of a thickness and a distance from the thin ones that were painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.scanner.configuration import ScanConfig

Array = NDArray[np.float64]

#: Width of the ramps of a sensitivity profile, relative to its full width at half maximum: between
#: the box of a single row of detectors and the bell of an interpolated helix (inferred).
_RAMP = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Where the slices of a series lie among painted ones.

    Attributes:
        first: Index of the first, in painted slices; may lie between two.
        step: Distance between slices, in painted slices.
        count: How many there are.
        thickness: Full width at half maximum of a slice, in painted slices; 1 at least.
    """

    first: float
    step: float
    count: int
    thickness: float

    @property
    def is_plain(self) -> bool:
        """Whether every slice is a painted one."""
        return self.thickness <= 1.0 and self.step == 1.0 and self.first == 0.0

    @property
    def overlaps(self) -> bool:
        """Whether neighbours share what they average, and so their noise."""
        return (1.0 + _RAMP) * self.thickness > self.step and self.thickness > 1.0

    def centres(self) -> Array:
        """Return the index of every slice, in painted slices."""
        return np.asarray(self.first + self.step * np.arange(self.count))

    def weights(self, centre: float, count: int) -> tuple[slice, Array]:
        """Return which painted slices make one, and the share of each, summing to one.

        Args:
            centre: Its index, in painted slices; what lies beyond the ends is left out.
            count: How many painted slices there are.
        """
        reach = 0.5 * (1.0 + _RAMP) * self.thickness + 0.5
        low = int(np.clip(np.floor(centre - reach), 0, count - 1))
        high = int(np.clip(np.ceil(centre + reach), low, count - 1)) + 1
        edges = np.asarray(np.arange(low, high + 1) - 0.5 - centre, np.float64)
        share = np.diff(_profile_integral(edges, self.thickness))
        if share.sum() <= 0.0:
            share = np.ones(high - low)
        return slice(low, high), share / share.sum()


def plan_stack(count: int, spacing_mm: float, scan: ScanConfig) -> Stack:
    """Return where the slices of a series lie.

    Slices at a distance of their own lie wholly within what was painted; else each painted slice
    has one.

    Args:
        count: How many slices were painted.
        spacing_mm: Their distance, and their thickness.
        scan: Thickness and distance wanted.
    """
    thickness = max((scan.slice_thickness_mm or spacing_mm) / spacing_mm, 1.0)
    if scan.slice_increment_mm is None:
        return Stack(0.0, 1.0, count, thickness)
    step = scan.slice_increment_mm / spacing_mm
    within = max(int((count - thickness) / step + 1e-6) + 1, 1)
    first = 0.5 * (count - 1 - step * (within - 1))
    return Stack(float(first), float(step), within, thickness)


def _profile_integral(z: Array, width: float) -> Array:
    """Integrate a trapezium of unit area and a full width at half maximum, from below to z."""
    ramp = _RAMP * width if width > 1.0 else 1e-3
    outer, inner = 0.5 * (width + ramp), 0.5 * (width - ramp)
    squares = [np.maximum(z + edge, 0.0) ** 2 for edge in (outer, inner, -inner, -outer)]
    total = squares[0] - squares[1] - squares[2] + squares[3]
    return np.asarray(total / (2.0 * width * ramp))
