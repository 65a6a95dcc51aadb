"""Full parses by pydicom, for the few files that the quick road does not read.

pydicom meets hostile bytes with many kinds of exception; here they all become ``UnreadableFile``.
Its warnings about values that nobody asked for are silenced for the length of a call.
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

from ctbone.errors import UnreadableFile

#: What pydicom lets through when a file is not what it claims to be.
PARSER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def full_header(path: Path, *, number: int) -> Any:  # noqa: ANN401 - pydicom.Dataset, imported late
    """Return the data set of a file up to its pixels, every value decoded.

    Raises:
        UnreadableFile: If pydicom cannot parse the file; the message names it by its number.
    """
    import pydicom  # noqa: PLC0415 - a quarter of a second that most exports never need

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            dataset.decode()
            for _ in dataset.iterall():
                pass
    except PARSER_FAULTS as error:
        raise UnreadableFile(f"file {number} cannot be parsed: {type(error).__name__}") from error
    return dataset


def pixel_value(path: Path, *, number: int) -> bytes:
    """Return the value of Pixel Data, as it stands in the file.

    Raises:
        UnreadableFile: If pydicom cannot parse the file, or it has no pixels.
    """
    import pydicom  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = pydicom.dcmread(path, force=True)["PixelData"].value
    except PARSER_FAULTS as error:
        raise UnreadableFile(
            f"the pixels of file {number} cannot be parsed: {type(error).__name__}"
        ) from error
    if not isinstance(value, bytes):
        raise UnreadableFile(f"file {number} has pixels of no known kind")
    return value
