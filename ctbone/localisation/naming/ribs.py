"""Ribs at a vertebra: found as ribs, and traced to the vertebra that bears them.

A rib leaves its vertebra at the back of the body and runs outwards and down; looked for there, and
there alone, it is no other vertebra's. Of what the network says of a body this is independent: a
body of the chest looks like one whether or not its ribs are stubs, or missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ctbone.localisation.naming.candidates import DecodeConfig

Floats = NDArray[np.float64]

#: Where voxels of the rib of a vertebra lie, from the centre of its body, millimetres: to either
#: side, behind it, and above it. Chosen, like the volume, among 486 places by how well they told
#: vertebrae T11 to L2 with ribs from those without, in 59 simulated patients.
_SIDE_MM, _BEHIND_MM, _ABOVE_MM = (21.0, 45.0), (9.0, 33.0), (-15.0, 3.0)

#: Volume that has to look like a rib, cubic millimetres: a stub as long as it is thick.
_VOLUME_MM3 = 675.0

#: Share of the place that has to lie in the field for its emptiness to count.
_LEAST_SEEN = 0.7


def rib_probability(
    ribs: NDArray[np.float32], index: Floats, *, spacing_mm: float, config: DecodeConfig
) -> float | None:
    """Return how likely a vertebra bears a rib, by the side that shows more of one.

    Args:
        ribs: How much a voxel belongs to a rib, from 0 to 1; axes run left, posterior, superior.
        index: Centre of the body, as an index of the map, shape ``(3,)``.
        spacing_mm: Voxel side.
        config: The coefficients.

    Returns:
        From 0 to 1, where ribs are as common as none; ``None`` where too little of either place
        lies in the field to tell.
    """
    share = rib_share(ribs, index, spacing_mm=spacing_mm)
    if share is None:
        return None
    return float(special.expit(config.rib_offset + config.rib_weight * share))


def rib_share(ribs: NDArray[np.float32], index: Floats, *, spacing_mm: float) -> float | None:
    """Return how much of a rib shows beside a vertebra, from 0 to 1, as ``rib_probability``."""
    near, far = _SIDE_MM
    wanted = max(round(_VOLUME_MM3 / spacing_mm**3), 1)
    shares = []
    for side in ((near, far), (-far, -near)):
        place = _place(ribs, index, side, spacing_mm)
        if place is None or place.size < wanted:
            return None
        shares.append(float(np.partition(place, -wanted, axis=None)[-wanted:].mean()))
    return max(shares)


def _place(
    ribs: NDArray[np.float32], index: Floats, side_mm: tuple[float, float], spacing_mm: float
) -> NDArray[np.float32] | None:
    """Return the part of a map where a rib would lie; ``None`` if much of it is out of view."""
    reach = np.array([side_mm, _BEHIND_MM, _ABOVE_MM]) / spacing_mm
    low = np.rint(index).astype(int) + np.ceil(reach[:, 0]).astype(int)
    high = np.rint(index).astype(int) + np.floor(reach[:, 1]).astype(int) + 1
    start, stop = np.clip(low, 0, ribs.shape), np.clip(high, 0, ribs.shape)
    seen = np.prod(np.maximum(stop - start, 0)) / np.prod(high - low)
    if seen < _LEAST_SEEN:
        return None
    i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return ribs[i, j, k]
