"""Headers that lie like one seen before, read at one stroke.

The files of a series mostly have the same elements with the same lengths. Once two files of one
size have been met, the places of all element headers are remembered; a further file of that size
is cut at these places, and if every element header is the same, byte for byte, so is the way
through the data set, and its values stand where they stood. Otherwise it is parsed like any other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ctbone.ingest.elements import (
    LENGTH,
    LONG_VR,
    LONGEST_VALUE,
    TAG_VR_LENGTH,
    UNDEFINED,
    swapped,
)
from ctbone.ingest.header import SLOTS, TRANSFER_SYNTAX, Header, read_header
from ctbone.ingest.syntaxes import IMPLICIT
from ctbone.ingest.tags import TAGS

#: File sizes that are remembered before all are forgotten: compressed series have many.
_MOST_SIZES = 4096

#: Layouts that are remembered for one file size: positions differ in how many digits they have.
_MOST_LAYOUTS = 8

_ITEM = swapped(0xFFFEE000)
_TRANSFER_SYNTAX_TAG = swapped(0x00020010)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the elements of a header lie.

    Attributes:
        fixed: Cuts out all that must be the same: element headers and the transfer syntax.
        expected: What it cuts out.
        values: Cuts out the values.
        slots: Place among the cut values for each of ``TAGS``; the last place holds nothing.
        like: The header it was made from.
    """

    fixed: struct.Struct
    expected: tuple[bytes, ...]
    values: struct.Struct
    slots: tuple[int, ...]
    like: Header

    def read(self, head: bytes) -> Header | None:
        """Return the header that begins a file, ``None`` if it lies in another way."""
        if len(head) < self.fixed.size or self.fixed.unpack_from(head) != self.expected:
            return None
        found = (*self.values.unpack_from(head), b"")
        uid, number, position, *common = [found[slot] for slot in self.slots]
        shared = (*common, self.like.common[TRANSFER_SYNTAX])
        return Header(uid, number, position, shared, *self.like[4:])


class _Element(NamedTuple):
    """One element header on the way to Pixel Data, and the value that is skipped behind it."""

    tag: int
    start: int
    value: int
    length: int
    depth: int


@dataclass(slots=True)
class Layouts:
    """The layouts met so far, by file size; an empty list stands for a size that was met once."""

    known: dict[int, list[Layout]] = field(default_factory=dict)

    def read(self, file: int, head: bytes, size: int) -> Header:
        """Read a header as ``read_header`` does, from a known layout where one fits.

        Raises:
            Unusual: If the fast road cannot read the file.
        """
        layouts = self.known.get(size)
        for layout in layouts or ():
            if (header := layout.read(head)) is not None:
                return header
        header = read_header(file, head, size)
        if layouts is None:
            if len(self.known) >= _MOST_SIZES:
                self.known.clear()
            self.known[size] = []
        elif len(layouts) < _MOST_LAYOUTS and (learnt := layout_of(head, header)):
            layouts.append(learnt)
        return header


def layout_of(head: bytes, header: Header) -> Layout | None:
    """Return the layout of a header, ``None`` if it is not of the plain kind.

    Plain is explicit VR little endian, native Pixel Data, all of it before them in the window, and
    no sequence of unknown length among the values that are kept.
    """
    end = header.pixel_offset or 0
    is_implicit = header.common[TRANSFER_SYNTAX] == IMPLICIT.encode()
    if header.fault or header.pixel_length is None or is_implicit or not 0 < end <= len(head):
        return None
    elements = list(_elements(head, end))
    if elements[-1].value != end or any(
        e.tag & 0xFFFF == 0xFFFE and not e.depth for e in elements
    ):
        return None
    fixed = struct.Struct("<132x" + "".join(map(_fixed_part, elements[:-1])) + "12s")
    kept = [e for e in elements if e.tag in SLOTS and not e.depth]
    slots = [len(kept)] * len(TAGS)
    for place, element in enumerate(kept):
        slots[SLOTS[element.tag]] = place
    values = struct.Struct("<" + "".join(_value_parts(kept)))
    layout = Layout(fixed, fixed.unpack_from(head), values, tuple(slots), header)
    return layout if layout.read(head) == header else None


def _elements(head: bytes, end: int) -> Iterator[_Element]:
    """Yield every element header up to the value of Pixel Data; see ``scan_explicit``."""
    position, depth = 132, 0
    while position < end:
        tag, vr, length = TAG_VR_LENGTH(head, position)
        is_delimiter = tag & 0xFFFF == 0xFFFE
        value = position + (12 if vr in LONG_VR and not is_delimiter else 8)
        if is_delimiter or value == position + 12:
            (length,) = LENGTH(head, value - 4)
        at = depth
        if is_delimiter and tag != _ITEM:
            depth, length = depth - 1, 0
        elif length == UNDEFINED:
            depth, length = depth + 1, 0
        yield _Element(tag, position, value, length, at)
        position = value + length


def _fixed_part(element: _Element) -> str:
    width = element.value - element.start
    if element.tag == _TRANSFER_SYNTAX_TAG:
        return f"{width + element.length}s"
    return f"{width}s{element.length}x"


def _value_parts(kept: list[_Element]) -> Iterator[str]:
    position = 0
    for element in kept:
        length = min(element.length, LONGEST_VALUE)
        yield f"{element.value - position}x{length}s"
        position = element.value + length
