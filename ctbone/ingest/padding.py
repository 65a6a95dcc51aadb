"""Padding that would be read as metal.

Outside the reconstructed circle scanners write a padding value. Most lie below air, and stay as
they are stored, as other readers leave them: -3024 HU says plainly that nothing was scanned. A
value that rescales to more than any tissue or metal in 12-bit CT, such as 65535 in unsigned
pixels, would pass for metal, and spread into what is resampled beside it. Such values, and those
of a range up to PixelPaddingRangeLimit, become the value of -1024 HU, or the one nearest to it
that the pixels can hold (DICOM PS3.3, C.7.5.1.1.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.records import PixelEncoding

#: Above this no stored value is attenuation: the largest of 12 bits without an offset.
_UNSHIFTED_MOST_HU = 4095.0

#: What padding becomes: the lowest value of CT with its usual offset.
_FILL_HU = -1024.0


def metal_padding(encoding: PixelEncoding) -> tuple[int, int] | None:
    """Return the least and the largest stored value of padding that looks like metal, if any."""
    slope, intercept = encoding.rescale_slope, encoding.rescale_intercept
    if encoding.padding is None or slope is None or intercept is None or slope <= 0.0:
        return None
    other = encoding.padding if encoding.padding_limit is None else encoding.padding_limit
    low, high = sorted((encoding.padding, other))
    least, most = stored_bounds(encoding)
    if low < least or high > most or low * slope + intercept <= _UNSHIFTED_MOST_HU:
        return None
    return low, high


def replace_padding(values: NDArray[np.integer[Any]], encoding: PixelEncoding) -> None:
    """Replace, in place, stored values of padding that looks like metal."""
    found = metal_padding(encoding)
    if found is None or encoding.rescale_slope is None or encoding.rescale_intercept is None:
        return
    fill = round((_FILL_HU - encoding.rescale_intercept) / encoding.rescale_slope)
    least, most = stored_bounds(encoding)
    values[(values >= found[0]) & (values <= found[1])] = min(max(fill, least), most)


def stored_bounds(encoding: PixelEncoding) -> tuple[int, int]:
    """Return the least and the largest value that the stored bits can hold."""
    span = 1 << encoding.bits_stored
    return (-(span // 2), span // 2 - 1) if encoding.is_signed else (0, span - 1)
