"""From the localiser's maps to one chain of vertebral bodies: peaks, and the row that they form.

Peaks are local maxima of the heat of body centres. The chain is the run of peaks, one below the
other, that holds the most heat. Positions are LPS millimetres; chains run from cranial to caudal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]

#: What joining two candidates costs that cannot be neighbours.
_NEVER = -1e6


@dataclass(frozen=True, kw_only=True)
class DecodeConfig:
    """How maps become vertebrae."""

    min_heat: float = 0.2
    """Least heat of a peak, from 0 to 1."""
    min_vertebrae: int = 2
    """Fewest vertebrae that make a spine."""
    spacing_mm: tuple[float, float] = (14.0, 62.0)
    """Least and greatest distance between neighbours in a chain, millimetres."""
    max_slope: float = 1.0
    """Greatest ratio of the sideways to the downward step between neighbours."""
    evidence_weight: float = 0.5
    """Power given to each vertebra's evidence: neighbours see much the same, so their evidence is
    not independent and counts for less than it says."""
    rib_error: float = 0.1
    """Probability that ribs are seen where there are none, or not seen where there are some."""
    missed: float = 0.01
    """Prior probability that a vertebra between two neighbours was missed."""
    ratio_sd: float = 0.2
    """Standard deviation of the distance between neighbours, relative to those about them."""
    min_confidence: float = 0.9
    """Least probability with which a level is named; below it the study is refused."""
    max_against: float = 1.0
    """How many nats for each landmark in view the network's own view of the levels may be against
    the sequence that is named."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be the centre of a vertebral body.

    Attributes:
        position_mm: Where, shape ``(3,)``.
        heat: How sure the network is that it is one, from 0 to 1.
        evidence: Log-probability of each level the network knows, shape ``(K,)``.
        ribs: How surely ribs meet it, from 0 to 1.
    """

    position_mm: Floats
    heat: float
    evidence: Floats
    ribs: float = 0.0


def find_peaks(heat: NDArray[np.float32], *, min_heat: float) -> list[tuple[Floats, float]]:
    """Return the local maxima of a heat map, to a fraction of a voxel, hottest first.

    Args:
        heat: From 0 to 1, shape ``(L, P, S)``.
        min_heat: Least heat of a maximum.

    Returns:
        Index, shape ``(3,)``, and heat of each.
    """
    smooth = ndimage.gaussian_filter(heat, 0.7)
    is_peak = (smooth == ndimage.maximum_filter(smooth, size=5)) & (smooth >= 0.5 * min_heat)
    # A centre between two voxels makes both of them maxima: one of each group stands for it.
    groups, count = ndimage.label(is_peak, structure=np.ones((3, 3, 3)))
    tops = ndimage.maximum_position(is_peak, groups, range(1, count + 1))
    found = [(_centre(smooth, np.asarray(top)), _top(heat, np.asarray(top))) for top in tops]
    return sorted((peak for peak in found if peak[1] >= min_heat), key=lambda peak: -peak[1])


def find_chain(candidates: list[Candidate], *, config: DecodeConfig) -> list[Candidate]:
    """Return the run of candidates that holds the most heat, from cranial to caudal."""
    ordered = sorted(candidates, key=lambda c: -c.position_mm[2])
    best: list[float] = []
    before: list[int] = []
    for i, candidate in enumerate(ordered):
        scores = [best[j] + _link(ordered[j], candidate, config) for j in range(i)]
        j = int(np.argmax(scores)) if scores else -1
        joins = j >= 0 and scores[j] > 0.0
        best.append(candidate.heat + (scores[j] if joins else 0.0))
        before.append(j if joins else -1)
    return [ordered[i] for i in _walk_back(best, before)]


def _centre(heat: NDArray[np.float32], index: NDArray[np.int64]) -> Floats:
    """Return where the parabola through the logarithms about a maximum has its top."""
    centre = index.astype(np.float64)
    for axis, n in enumerate(heat.shape):
        if not 0 < index[axis] < n - 1:
            continue
        line = heat[tuple(slice(i - 1, i + 2) if a == axis else i for a, i in enumerate(index))]
        below, top, above = np.log(np.maximum(line.astype(np.float64), 1e-6))
        bend = below - 2.0 * top + above
        centre[axis] += (
            float(np.clip(0.5 * (below - above) / bend, -0.5, 0.5)) if bend < 0 else 0.0
        )
    return centre


def _top(heat: NDArray[np.float32], index: NDArray[np.int64]) -> float:
    box = tuple(slice(max(i - 1, 0), i + 2) for i in index)
    return float(heat[box].max())


def _link(upper: Candidate, lower: Candidate, config: DecodeConfig) -> float:
    """Return what joining two candidates is worth: 0, less where it is far, never if absurd."""
    step = upper.position_mm - lower.position_mm
    distance, sideways = float(np.linalg.norm(step)), float(np.hypot(step[0], step[1]))
    least, most = config.spacing_mm
    if not least <= distance <= most or sideways > config.max_slope * step[2]:
        return _NEVER
    # A long step passes over a vertebra, a short one meets the same vertebra twice.
    return -0.3 * (distance > 0.75 * most) - 0.5 * (distance < 1.25 * least)


def _walk_back(best: list[float], before: list[int]) -> list[int]:
    i = int(np.argmax(best)) if best else -1
    found = []
    while i >= 0:
        found.append(i)
        i = before[i]
    return found[::-1]
