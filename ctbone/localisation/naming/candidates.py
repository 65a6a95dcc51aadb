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
    rib_offset: float = -4.2
    """Logit of a rib, before anything is known of the vertebra, where none shows beside it."""
    rib_weight: float = 14.0
    """What that logit gains where a rib shows beside it."""
    looks_weight: float = 1.0
    """Power given to what each vertebra looks like, beside what it can be taken for."""
    level_weight: float = 0.15
    """Power given to the level that the network reads in each vertebra; it leans on whatever it
    has seen, not on landmarks alone."""
    level_error: float = 0.2
    """Probability that this reading says nothing of a vertebra."""
    missed: float = 0.01
    """Prior probability that a vertebra between two neighbours was missed."""
    doubled: float = 0.002
    """Prior probability that one vertebra was taken for two."""
    ratio_sd: float = 0.2
    """Standard deviation of the distance between neighbours, relative to those about them."""
    min_landmarks: int = 1
    """Fewest landmarks (first ribs, last ribs, sacrum) that must be in view before a level is
    named."""
    min_confidence: float = 0.9
    """Least probability with which a level is named; below it the vertebra is not evaluable."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A place that may be the centre of a vertebral body.

    Attributes:
        position_mm: Where, shape ``(3,)``.
        heat: How sure the network is that it is one, from 0 to 1.
        levels: Probability of each level the network knows, shape ``(K,)``.
        kinds: Probability of each kind of vertebra (``networks.localiser.VERTEBRA_KINDS``), as
            its body and arch look.
        rib: Probability that it bears a rib, as that is seen beside it; ``None`` where the place
            is not in view.
    """

    position_mm: Floats
    heat: float
    levels: Floats
    kinds: Floats
    rib: float | None = None
