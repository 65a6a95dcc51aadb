"""Elements of a DICOM file in explicit VR little endian, changed as bytes.

A library that writes DICOM would refuse or mend most of what is done here.
"""

from __future__ import annotations

import struct
from itertools import takewhile
from typing import NamedTuple

PIXEL_DATA = 0x7FE00010

_PREAMBLE = 132
_LONG_VR = frozenset({b"OB", b"OD", b"OF", b"OL", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT"})


class Element(NamedTuple):
    """Where an element lies in a file, and where its value begins."""

    tag: int
    vr: bytes
    start: int
    value: int
    end: int


def elements(file: bytes) -> list[Element]:
    """Return the elements of a file that is whole, up to and with Pixel Data."""
    found, position = [], _PREAMBLE
    while position < len(file):
        group, number = struct.unpack_from("<HH", file, position)
        vr = file[position + 4 : position + 6]
        if vr in _LONG_VR:
            value = position + 12
            (length,) = struct.unpack_from("<I", file, position + 8)
        else:
            value = position + 8
            (length,) = struct.unpack_from("<H", file, position + 6)
        tag = group << 16 | number
        end = len(file) if tag == PIXEL_DATA else value + length
        found.append(Element(tag, vr, position, value, end))
        if tag == PIXEL_DATA:
            break
        position = end
    return found


def with_value(file: bytes, tag: int, value: bytes, *, vr: bytes | None = None) -> bytes:
    """Return a file in which an element has another value, and another VR where one is given."""
    at = _find(file, tag)
    return file[: at.start] + _written(tag, vr or at.vr, value) + file[at.end :]


def without(file: bytes, tag: int) -> bytes:
    """Return a file without an element."""
    at = _find(file, tag)
    return file[: at.start] + file[at.end :]


def doubled(file: bytes, tag: int) -> bytes:
    """Return a file that has an element twice."""
    at = _find(file, tag)
    return file[: at.end] + file[at.start :]


def tags(file: bytes) -> list[int]:
    """Return the tags of a file in its order, but for Pixel Data."""
    return [one.tag for one in takewhile(lambda one: one.tag != PIXEL_DATA, elements(file))]


def _find(file: bytes, tag: int) -> Element:
    return next(one for one in elements(file) if one.tag == tag)


def _written(tag: int, vr: bytes, value: bytes) -> bytes:
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in _LONG_VR:
        return head + bytes(2) + struct.pack("<I", len(value)) + value
    return head + struct.pack("<H", len(value)) + value
