"""A walk over the elements of a DICOM data set in little endian, seen through a window.

The loops below are the hot path of indexing, some hundred elements for each of many thousand
files: they are written flat, without a call per element. Sequences are not descended into but
counted, so that hostile nesting cannot exhaust the stack (DICOM PS3.5, section 7.5).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

#: Bytes of a value that are kept.
LONGEST_VALUE = 1024

#: Deepest nesting of sequences and items that is followed; real objects stay below ten.
DEEPEST = 64

#: Length of a value that ends with a delimiter.
UNDEFINED = 0xFFFFFFFF

TAG_VR_LENGTH = struct.Struct("<IHH").unpack_from
TAG_LENGTH = struct.Struct("<II").unpack_from
LENGTH = struct.Struct("<I").unpack_from


class Unusual(Exception):
    """The file is not laid out in a way that the fast road reads."""


class Stop(NamedTuple):
    """Where a scan stopped.

    Attributes:
        position: Where in the window the element begins that it could not take in; it can lie
            beyond the window.
        depth: How many sequences and items are open there.
        pixels: Position of the value of Pixel Data and its declared length, once found.
    """

    position: int
    depth: int
    pixels: tuple[int, int] | None


def swapped(tag: int) -> int:
    """Return a tag as its four bytes read when taken for one little-endian number."""
    return (tag >> 16) | (tag & 0xFFFF) << 16


def _codes(names: str) -> frozenset[int]:
    return frozenset(int.from_bytes(name.encode(), "little") for name in names.split())


SHORT_VR = _codes("AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US")
LONG_VR = _codes("OB OD OF OL OV OW SQ SV UC UN UR UT UV")
_SQ = int.from_bytes(b"SQ", "little")
_PIXEL_DATA = swapped(0x7FE00010)
_ITEM, _ITEM_END, _SEQUENCE_END = (swapped(tag) for tag in (0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD))


def scan_explicit(  # noqa: C901, PLR0912, PLR0915 - flat on purpose
    window: bytes, position: int, depth: int, slots: Mapping[int, int], values: list[bytes]
) -> Stop:
    """Take in the elements of a window in explicit VR little endian.

    Args:
        window: Bytes of the data set.
        position: Where in the window an element begins.
        depth: How many sequences and items are open there.
        slots: Index into ``values`` by swapped tag.
        values: Receives the values of the top level, at most ``LONGEST_VALUE`` bytes of each.

    Raises:
        Unusual: If the bytes are not explicit VR little endian.
    """
    end = len(window)
    last = end - 8
    while position <= last:
        tag, vr, length = TAG_VR_LENGTH(window, position)
        start = position + 8
        if depth and tag & 0xFFFF == 0xFFFE:
            position, depth = _delimiter(window, position, depth)
            continue
        if vr in LONG_VR:
            if start + 4 > end:
                break
            (length,) = LENGTH(window, start)
            start += 4
            if tag == _PIXEL_DATA and not depth:
                return Stop(position, depth, (start, length))
            if length == UNDEFINED:
                if vr != _SQ:
                    raise Unusual("a value other than a sequence has no length")
                if tag in slots and not depth:
                    values[slots[tag]] = b"?"
                depth = _deeper(depth)
                length = 0
        elif vr not in SHORT_VR:
            raise Unusual("an element names no known value representation")
        slot = slots.get(tag)
        if slot is not None and not depth:
            stop = start + (length if length < LONGEST_VALUE else LONGEST_VALUE)
            if stop > end:
                break
            values[slot] = window[start:stop]
        position = start + length
    return Stop(position, depth, None)


def scan_implicit(
    window: bytes, position: int, depth: int, slots: Mapping[int, int], values: list[bytes]
) -> Stop:
    """Take in the elements of a window in implicit VR little endian; see ``scan_explicit``."""
    end = len(window)
    last = end - 8
    while position <= last:
        tag, length = TAG_LENGTH(window, position)
        start = position + 8
        if depth and tag & 0xFFFF == 0xFFFE:
            position, depth = _delimiter(window, position, depth)
            continue
        if tag == _PIXEL_DATA and not depth:
            return Stop(position, depth, (start, length))
        if length == UNDEFINED:
            if tag in slots and not depth:
                values[slots[tag]] = b"?"
            depth = _deeper(depth)
            length = 0
        slot = slots.get(tag)
        if slot is not None and not depth:
            stop = start + (length if length < LONGEST_VALUE else LONGEST_VALUE)
            if stop > end:
                break
            values[slot] = window[start:stop]
        position = start + length
    return Stop(position, depth, None)


def _delimiter(window: bytes, position: int, depth: int) -> tuple[int, int]:
    """Return position and depth after an item, or the end of an item or a sequence."""
    tag, length = TAG_LENGTH(window, position)
    if tag in {_ITEM_END, _SEQUENCE_END}:
        return position + 8, depth - 1
    if tag != _ITEM:
        raise Unusual("a sequence holds something other than items")
    if length == UNDEFINED:
        return position + 8, _deeper(depth)
    return position + 8 + length, depth


def _deeper(depth: int) -> int:
    if depth >= DEEPEST:
        raise Unusual(f"sequences are nested more than {DEEPEST} deep")
    return depth + 1
