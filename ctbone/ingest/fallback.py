"""The header of a DICOM file that the fast road does not read, through pydicom.

Big endian, a missing preamble, a private transfer syntax, sequences of unknown representation:
rare, but real. The values come back as the bytes the fast road would have found.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ctbone.errors import UnreadableFile
from ctbone.ingest.header import Header, to_header
from ctbone.ingest.syntaxes import DEFLATED, EXPLICIT, IMPLICIT
from ctbone.ingest.tags import TAGS

if TYPE_CHECKING:
    from pydicom import Dataset

#: What pydicom was seen to raise on hostile bytes, besides its own exceptions, which derive from
#: ``Exception`` alone or from one of these.
HOSTILE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    NotImplementedError,
    MemoryError,
    RecursionError,
    struct.error,
    zlib.error,
)

#: First elements of data sets without preamble: group length, character set, image type, class.
_BEGINNINGS = tuple(
    bytes.fromhex(code)
    for code in (
        "08000000",
        "08000500",
        "08000800",
        "08001200",
        "08001600",
        "02000000",
        "02001000",
    )
)

#: Sequences of which only the presence is told.
_SEQUENCES = frozenset({TAGS["encrypted"], TAGS["contrast_agents"]})

#: Values above this length are left in the file.
_DEFERRED = 4096

#: Most bytes that a deflated data set may hold: a thousand slices of 512 x 512.
MOST_INFLATED = 1 << 29

#: Bytes that are read and inflated at a time.
_PIECE = 1 << 20


def begins_like_dicom(head: bytes) -> bool:
    """Return whether a file without preamble begins with an element that DICOM begins with."""
    return head[:4] in _BEGINNINGS


def read_unusual(path: Path) -> Header:
    """Read a header through pydicom.

    Raises:
        UnreadableFile: If pydicom cannot, or if what it finds names no SOP class and no modality.
    """
    dataset = parse(path, stop_before_pixels=False)
    with hostile("a DICOM data set"):
        values = [_bytes_of(dataset, tag) for tag in TAGS.values()]
        header = to_header(values, _syntax_of(dataset), has_pixels=0x7FE00010 in dataset)
    named = dict(zip(TAGS, values, strict=True))
    if not named["sop_class_uid"] and not named["modality"]:
        raise UnreadableFile("expected a DICOM data set, found one without SOP class and modality")
    return header


def read_identity(path: Path, *, fault: str) -> Header | None:
    """Read through pydicom where a file belongs that cannot be trusted for a fault.

    pydicom guesses where a header contradicts itself: enough to blame the right study for the
    file, and not enough to measure it. ``None`` if it finds no study either.
    """
    values = dict.fromkeys(TAGS, b"")
    with suppress(UnreadableFile):
        dataset = parse(path, stop_before_pixels=True)
        for name, tag in TAGS.items():
            with suppress(UnreadableFile), hostile("an element"):
                values[name] = _bytes_of(dataset, tag)
    if not values["study_uid"]:
        return None
    return to_header(list(values.values()), b"", fault=fault)


def parse(path: Path, *, stop_before_pixels: bool) -> Dataset:
    """Parse a file with pydicom, whatever its bytes.

    Raises:
        UnreadableFile: If pydicom cannot, or would have to inflate more than any CT holds.
    """
    from pydicom import dcmread

    with hostile("a DICOM data set"):
        _require_bounded(path)
        return dcmread(
            path, force=True, defer_size=_DEFERRED, stop_before_pixels=stop_before_pixels
        )


def _require_bounded(path: Path) -> None:
    """Refuse a deflated data set that is too large: pydicom inflates all of it into memory."""
    from pydicom.filereader import read_dataset, read_preamble

    with path.open("rb") as file:
        read_preamble(file, force=True)
        meta = read_dataset(
            file,
            is_implicit_VR=False,
            is_little_endian=True,
            stop_when=lambda tag, _vr, _length: tag >> 16 != 2,
        )
        if meta.get("TransferSyntaxUID") == DEFLATED and _inflates_beyond(file, MOST_INFLATED):
            raise UnreadableFile(f"expected at most {MOST_INFLATED} inflated bytes, found more")


def _inflates_beyond(file: BinaryIO, most: int) -> bool:
    """Return whether the rest of a file inflates to more bytes than that; none are kept."""
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while size <= most:
        waiting = inflater.unconsumed_tail or file.read(_PIECE)
        if not waiting or inflater.eof:
            return False
        size += len(inflater.decompress(waiting, _PIECE))
    return True


@contextmanager
def hostile(expected: str) -> Iterator[None]:
    """Turn whatever pydicom raises in the block on hostile bytes into one fault, without warnings.

    Raises:
        UnreadableFile: If anything of the kind is raised.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (InvalidDicomError, BytesLengthException, *HOSTILE) as error:
            raise UnreadableFile(
                f"expected {expected}, which could not be parsed: {type(error).__name__}"
            ) from error


def _syntax_of(dataset: Dataset) -> bytes:
    """Return the transfer syntax, stated or as found."""
    stated = dataset.file_meta.get("TransferSyntaxUID") if dataset.file_meta else None
    if stated:
        return str(stated).encode()
    return (IMPLICIT if dataset.original_encoding[0] else EXPLICIT).encode()


def _bytes_of(dataset: Dataset, tag: int) -> bytes:
    """Return the value of an element as little-endian bytes, empty when it has none."""
    if tag not in dataset:
        return b""
    element: Any = dataset.get_item(tag)
    if isinstance(element.value, bytes):
        raw = element.value
        is_number = getattr(element, "VR", None) in {"US", "SS"}
        return raw[::-1] if is_number and dataset.original_encoding[1] is False else raw
    if tag in _SEQUENCES:
        return b"?" if element.value else b""
    return b"" if element.value is None else str(element.value).encode()
