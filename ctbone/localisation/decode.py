"""What stands between the localiser's maps and named vertebrae.

Positions are LPS millimetres; chains of candidates run from cranial to caudal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DecodeConfig:
    """How maps become vertebrae."""

    min_heat: float = 0.2
    """Least heat of a body centre, from 0 to 1."""
    min_vertebrae: int = 2
    """Fewest vertebrae that make a spine."""
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
    min_landmarks: int = 1
    """Fewest landmarks (last ribs, sacrum) that must be in view and agree before a level is named;
    2 for a network whose naming is not to be trusted."""
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
