"""The header of one DICOM file, read without its pixels and without a data dictionary.

Values stay bytes as they stand in the file, little endian, and are decoded once a study is built:
most of them are the same in all slices of a series. Explicit and implicit VR little endian and
deflated files are read here (DICOM PS3.5, chapter 7); whatever is unusual goes to ``fallback``.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from ctbone.ingest.elements import (
    LENGTH,
    LONG_VR,
    SHORT_VR,
    TAG_VR_LENGTH,
    UNDEFINED,
    Unusual,
    scan_explicit,
    scan_implicit,
    swapped,
)
from ctbone.ingest.syntaxes import BIG_ENDIAN, DEFLATED, IMPLICIT
from ctbone.ingest.tags import COMMON_TAGS, SLICE_TAGS, TAGS

#: What stands behind the tags among the common values: it comes from the file meta information.
TRANSFER_SYNTAX = len(COMMON_TAGS)

#: Bytes read at first: most CT headers fit.
WINDOW = 8192

#: Largest window: a header element that does not fit is no header element.
_LARGEST_WINDOW = 1 << 22

#: Bytes of a deflated file that are inflated in search of Pixel Data.
_INFLATED = 1 << 22

#: Transfer syntaxes as they stand in files.
_IMPLICIT, _DEFLATED, _BIG_ENDIAN = (uid.encode() for uid in (IMPLICIT, DEFLATED, BIG_ENDIAN))

#: Place in ``TAGS`` by swapped tag.
SLOTS = {swapped(tag): slot for slot, tag in enumerate(TAGS.values())}
_N_SLICE = len(SLICE_TAGS)


class Header(NamedTuple):
    """What the header of one file says, as bytes.

    Attributes:
        sop_instance_uid: SOPInstanceUID.
        instance_number: InstanceNumber.
        position: ImagePositionPatient.
        common: The values of ``COMMON_TAGS`` in their order, then the transfer syntax.
        pixel_offset: Byte of the file at which the value of Pixel Data begins, if known.
        pixel_length: Its declared length; ``None`` when encapsulated or unknown.
        has_pixels: Whether the file has Pixel Data.
        fault: Why the file cannot be trusted, empty when it can.
    """

    sop_instance_uid: bytes
    instance_number: bytes
    position: bytes
    common: tuple[bytes, ...]
    pixel_offset: int | None
    pixel_length: int | None
    has_pixels: bool
    fault: str


class Truncated(Exception):
    """The file ends before the element that has begun."""


@dataclass(slots=True)
class _Source:
    """A file, or its inflated beginning, seen through a window.

    Attributes:
        file: Descriptor of the open file; -1 when ``window`` is all there is.
        size: Bytes of the file.
        start: Where the window begins in the file.
        window: The bytes seen at present.
    """

    file: int
    size: int
    start: int
    window: bytes

    def move(self, position: int) -> None:
        """Let the window begin at a position, and grow it if it began there already."""
        if position + 8 > self.size or self.file < 0:
            raise Truncated
        length = WINDOW if position > self.start else max(len(self.window), WINDOW) * 4
        if length > _LARGEST_WINDOW:
            raise Unusual("an element of the header is larger than any header element should be")
        window = os.pread(self.file, length, position)
        if position == self.start and len(window) <= len(self.window):
            raise Truncated
        self.start, self.window = position, window


def read_header(file: int, head: bytes, size: int) -> Header:
    """Read the header of a DICOM file that begins with a preamble.

    Args:
        file: Descriptor of the open file.
        head: Its first bytes.
        size: How many bytes the file has.

    Raises:
        Unusual: If the fast road cannot read the file.
    """
    values = [b""] * len(TAGS)
    try:
        transfer_syntax, position = _file_meta(head)
    except struct.error:
        if size > len(head):
            raise Unusual("the file meta information is longer than most headers") from None
        return to_header(values, b"", fault="the file ends within its file meta information")
    if transfer_syntax == _BIG_ENDIAN or not transfer_syntax.startswith(b"1.2."):
        raise Unusual("the transfer syntax is not one of little endian")
    source = _Source(file=file, size=size, start=0, window=head)
    if transfer_syntax == _DEFLATED:
        source, position = _inflated(source, position), 0
    try:
        pixels = _walk(source, position, values, is_implicit=transfer_syntax == _IMPLICIT)
    except Truncated:
        return to_header(values, transfer_syntax, fault="the file ends within its header")
    return _with_pixels(source, pixels, values, transfer_syntax)


def to_header(
    values: list[bytes], transfer_syntax: bytes, *, fault: str = "", has_pixels: bool = False
) -> Header:
    """Return the values in the order of ``TAGS`` as a header."""
    uid, number, position = values[:_N_SLICE]
    common = (*values[_N_SLICE:], transfer_syntax)
    return Header(uid, number, position, common, None, None, has_pixels, fault)


def _file_meta(head: bytes) -> tuple[bytes, int]:
    """Return the transfer syntax and the position of the data set."""
    transfer_syntax, position = b"", 132
    while True:
        tag, vr, length = TAG_VR_LENGTH(head, position)
        if tag & 0xFFFF != 0x0002:
            return transfer_syntax, position
        start = position + 8
        if vr in LONG_VR:
            (length,) = LENGTH(head, start)
            start += 4
        elif vr not in SHORT_VR:
            raise Unusual("the file meta information is not explicit little endian")
        if tag >> 16 == 0x0010:
            transfer_syntax = head[start : start + length].rstrip(b"\0 ")
        position = start + length


def _inflated(source: _Source, position: int) -> _Source:
    deflated = os.pread(source.file, source.size, position)
    try:
        window = zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, _INFLATED)
    except zlib.error as error:
        raise Unusual(f"the deflated data set cannot be inflated: {error}") from error
    size = len(window) if len(window) < _INFLATED else 1 << 62
    return _Source(file=-1, size=size, start=0, window=window)


def _walk(
    source: _Source, position: int, values: list[bytes], *, is_implicit: bool
) -> tuple[int, int] | None:
    """Return where the value of Pixel Data begins and its length; fill in the values."""
    scan = scan_implicit if is_implicit else scan_explicit
    depth = 0
    while True:
        stop = scan(source.window, position - source.start, depth, SLOTS, values)
        position, depth = stop.position + source.start, stop.depth
        if stop.pixels is not None:
            start, length = stop.pixels
            return start + source.start, length
        if position == source.size and depth == 0:
            return None
        source.move(position)


def _with_pixels(
    source: _Source, pixels: tuple[int, int] | None, values: list[bytes], transfer_syntax: bytes
) -> Header:
    if pixels is None:
        return to_header(values, transfer_syntax)
    start, length = pixels
    header = to_header(values, transfer_syntax, has_pixels=True)
    if length == UNDEFINED:
        return header._replace(pixel_offset=start) if source.file >= 0 else header
    if start + length > source.size:
        left = source.size - start
        return header._replace(fault=f"Pixel Data claims {length} bytes, the file has {left} left")
    if source.file < 0:
        return header
    return header._replace(pixel_offset=start, pixel_length=length)
