"""What a UID is made of (DICOM PS3.5, 9.1): part of many a path, so that it may lead nowhere."""

from __future__ import annotations

import re

#: Zeros in front of a number are let pass: they occur, and harm no path.
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_LONGEST = 64


def is_uid(text: str) -> bool:
    """Return whether a text is a UID: numbers parted by single dots.

    Example:
        >>> is_uid("1.2.840.10008"), is_uid(".."), is_uid("Roe^Jane")
        (True, False, False)
    """
    return len(text) <= _LONGEST and _UID.fullmatch(text) is not None
