"""The items that compressed pixels lie in, walked within bounds (DICOM PS3.5, A.4)."""

from __future__ import annotations

from collections.abc import Callable

#: More items than any file has; small ones without end would take for ever.
_MOST_ITEMS = 1 << 20

_ITEM, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"

#: The delimiter that ends the items, with its length.
DELIMITER = _SEQUENCE_END + bytes(4)


def items_of(look: Callable[[int, int], bytes], start: int) -> list[tuple[int, int]] | None:
    """Return start and length of every item up to the delimiter; the first is a table of offsets.

    Args:
        look: Returns as many bytes at a position as are asked for, or those that are left.
        start: Where the first item begins.

    Returns:
        ``None`` where no whole delimiter ends them, or they are more than any file has.
    """
    found: list[tuple[int, int]] = []
    position, head = start, look(start, 8)
    while head[:4] == _ITEM and len(head) == 8 and len(found) < _MOST_ITEMS:
        length = int.from_bytes(head[4:], "little")
        found.append((position + 8, length))
        position += 8 + length
        head = look(position, 8)
    is_ended = head[:4] == _SEQUENCE_END and len(head) == 8
    return found if is_ended else None
