"""Whether numbers can be Hounsfield units.

A header can leave out that its values are not attenuation: masks, maps of materials, MR, windowed
pictures and raw values without their offset are all stored as CT now and then. The check looks at
a sample of the voxels, leaves out those below -1024 HU, which lie outside the scanned field, and
asks for what any CT of a body has, however small the crop:

* something of it is in the field, and most of that is no denser than 12-bit CT can say (metal
  and padding may exceed it);
* something is less dense than water: noise alone sees to that in soft tissue, while masks, MR,
  pictures and raw values without offset are never negative;
* the values spread: fat and muscle alone lie 150 HU apart; scaled or standardised values and
  masks do not, and a constant says nothing;
* some of it is as dense as air, lung or soft tissue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import MissingRescale, NotHounsfield
from ctbone.records import SliceRecord

#: Rescale types that state a unit other than plain attenuation (DICOM PS3.3, C.11.1.1.2). US,
#: unspecified, states none, and is left to the values.
OTHER_UNITS = frozenset({"OD", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"})

#: Below this nothing was scanned: the lowest value of CT with its usual offset.
FIELD_HU = -1024
#: The highest value of 12-bit CT with its usual offset.
USUAL_MOST_HU = 3071
#: Least share of the voxels that lie in the field.
_IN_FIELD = 0.01
#: Least share of those that are no denser than 12-bit CT.
_IN_RANGE = 0.9
#: Least share of those that are less dense than water.
_BELOW_WATER = 1e-3
#: Least distance between their 1st and 99th percentile.
_SPREAD_HU = 50.0
#: Least share of those between air and dense soft tissue, and what bounds these.
_TISSUE, _TISSUE_HU = 0.05, (-1024, 300)
#: About how many voxels are looked at along each axis.
_SAMPLES = 64


def require_rescale(item: SliceRecord) -> None:
    """Refuse a slice whose header does not say how stored values become Hounsfield units.

    Raises:
        MissingRescale: If slope or intercept is absent.
        NotHounsfield: If the slope is not positive, or another unit is stated.
    """
    encoding = item.encoding
    if encoding.rescale_slope is None or encoding.rescale_intercept is None:
        raise MissingRescale(
            f"file {item.number} states no rescale slope and intercept, so its values have no unit"
        )
    if encoding.rescale_slope <= 0.0:
        raise NotHounsfield(
            f"rescale slope must be positive, file {item.number} has {encoding.rescale_slope:g}"
        )
    if encoding.rescale_type in OTHER_UNITS:
        raise NotHounsfield(f"file {item.number} states the unit {encoding.rescale_type}, not HU")


def require_hounsfield(hu: NDArray[np.int16] | NDArray[np.float32]) -> None:
    """Refuse values that cannot be Hounsfield units of a body; the module says why.

    Raises:
        NotHounsfield: Saying what was expected and what was found.
    """
    sample = hu[tuple(slice(None, None, max(1, n // _SAMPLES)) for n in hu.shape)]
    field = sample[sample >= FIELD_HU]
    if not np.all(np.isfinite(sample)):
        raise NotHounsfield("attenuation must be finite, some values are not")
    if field.size < _IN_FIELD * sample.size:
        raise NotHounsfield(
            f"{field.size / sample.size:.1%} of the values are above {FIELD_HU}, "
            f"expected at least {_IN_FIELD:.0%}"
        )
    low, high = np.percentile(field, (1, 99))
    found = f"the values lie between {low:g} and {high:g} (1st to 99th percentile)"
    if np.mean(field <= USUAL_MOST_HU) < _IN_RANGE:
        raise NotHounsfield(f"{found}, expected at most {USUAL_MOST_HU} HU nearly everywhere")
    if np.mean(field < 0) < _BELOW_WATER:
        raise NotHounsfield(f"{found}, expected some less dense than water, 0 HU")
    if high - low < _SPREAD_HU:
        raise NotHounsfield(f"{found}, expected tissues that differ by {_SPREAD_HU:g} HU or more")
    if np.mean((field >= _TISSUE_HU[0]) & (field <= _TISSUE_HU[1])) < _TISSUE:
        raise NotHounsfield(f"{found}, expected air, lung or soft tissue")
