"""From the stored bytes of a stack to Hounsfield units in one array.

Uncompressed slices are read straight into their place and rescaled there while they are in the
cache; compressed ones are decoded by as many threads as there are cores. Values are kept as the
files rescale to, padding included: what lies outside the scanned field is whatever the scanner
wrote there, often -1024, -2000 or -3024, as every other reader gives it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import NotHounsfield, UnreadableFile
from ctbone.ingest.decode import clean_bits, stored_values, value_type
from ctbone.ingest.extents import Stored, opened
from ctbone.ingest.padding import replace_padding, stored_bounds
from ctbone.ingest.syntaxes import EXPLICIT, IMPLICIT
from ctbone.records import PixelEncoding, SliceRecord

_INT16 = np.iinfo(np.int16)


def read_stack(stored: Sequence[Stored]) -> NDArray[np.int16] | NDArray[np.float32]:
    """Return the Hounsfield units of slices, shape ``(K, J, I)``.

    int16 when every value is an integer in its range, float32 otherwise.

    Raises:
        UnreadableFile: If a file does not hold what it declares.
        LossyCompression: If a code stream is not lossless.
        NotHounsfield: If a slice is rescaled to what is no number.
        MemoryError: If there is too little memory here; on another machine there may be enough, so
            that no other series stands in for this one.
    """
    hu: NDArray[np.int16] = _allocate(stored, np.int16)
    if all(_is_integer(s.item.encoding) for s in stored) and all(_fill_all(stored, hu)):
        return hu
    values: NDArray[np.float32] = _allocate(stored, np.float32)
    for plane, frame in zip(values, stored, strict=True):
        _fill_real(frame, plane)
    return values


@np.errstate(over="ignore")
def hounsfield_values(stored: Stored) -> NDArray[np.float64]:
    """Return the Hounsfield units of one slice, exactly, shape ``(J, I)``."""
    slope, intercept = _rescale(stored.item.encoding)
    values = stored_values(stored).view(value_type(stored.item))
    replace_padding(values, stored.item.encoding)
    return values.astype(np.float64) * slope + intercept


@np.errstate(over="ignore")
def _fill_real(stored: Stored, plane: NDArray[np.float32]) -> None:
    plane[...] = hounsfield_values(stored)
    if not np.all(np.isfinite(plane)):
        slope, intercept = _rescale(stored.item.encoding)
        raise NotHounsfield(
            f"attenuation must be finite, file {stored.item.number} is rescaled by {slope:g} and "
            f"{intercept:g}"
        )


def _allocate(stored: Sequence[Stored], dtype: type) -> NDArray[Any]:
    item = stored[0].item
    return np.empty((len(stored), item.rows, item.columns), dtype)


def _fill_all(stored: Sequence[Stored], hu: NDArray[np.int16]) -> list[bool]:
    """Fill each slice; return for each whether its values fit."""
    if all(_is_plain(frame) for frame in stored):
        return [_fill_plain(frame, plane) for frame, plane in zip(stored, hu, strict=True)]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(_fill_decoded, stored, hu))


def _is_plain(stored: Stored) -> bool:
    """Return whether the file holds the values as this machine does, in one piece."""
    encoding = stored.item.encoding
    is_little = encoding.transfer_syntax_uid in (EXPLICIT, IMPLICIT)
    return is_little and stored.content is None and encoding.bits_allocated == 16


def _fill_plain(stored: Stored, plane: NDArray[np.int16]) -> bool:
    ((start, size),) = stored.extents
    with opened(stored.item) as file:
        count = os.preadv(file, [plane.data], start)
    if count != size:
        raise UnreadableFile(f"file {stored.item.number} ends within its pixels")
    clean_bits(plane.view(np.uint16), stored.item)
    return _rescale_in_place(plane, stored.item)


def _fill_decoded(stored: Stored, plane: NDArray[np.int16]) -> bool:
    stored_values(stored, out=plane.view(np.uint16))
    return _rescale_in_place(plane, stored.item)


def _rescale_in_place(plane: NDArray[np.int16], item: SliceRecord) -> bool:
    """Turn stored values into Hounsfield units; return whether they fit, without change if not."""
    slope, intercept = _rescale(item.encoding)
    values = plane.view(value_type(item))
    replace_padding(values, item.encoding)
    low, high = stored_bounds(item.encoding)
    if not _fits(low, high, slope, intercept):
        low, high = int(values.min()), int(values.max())
        if not _fits(low, high, slope, intercept):
            return False
    # The sum wraps to the right bits whatever the sign of the stored type, since it fits.
    if slope != 1.0:
        np.multiply(plane, _wrapped(slope), out=plane)
    if intercept != 0.0:
        np.add(plane, _wrapped(intercept), out=plane)
    return True


def _fits(low: int, high: int, slope: float, intercept: float) -> bool:
    return low * slope + intercept >= _INT16.min and high * slope + intercept <= _INT16.max


def _wrapped(value: float) -> np.int16:
    """Return an integer modulo 2**16, as int16."""
    return np.int16((int(value) + 0x8000 & 0xFFFF) - 0x8000)


def _rescale(encoding: PixelEncoding) -> tuple[float, float]:
    if encoding.rescale_slope is None or encoding.rescale_intercept is None:
        raise ValueError("slope and intercept must have been required before")
    return encoding.rescale_slope, encoding.rescale_intercept


def _is_integer(encoding: PixelEncoding) -> bool:
    return all(value.is_integer() for value in _rescale(encoding))
