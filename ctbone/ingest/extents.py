"""Where the stored bytes of each slice lie, checked against the file before anything is allocated.

Uncompressed pixels lie one frame after the other. Compressed ones lie in fragments behind a table
of offsets that may be empty (DICOM PS3.5, A.4); a fragment that opens a code stream opens a frame.
"""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ctbone.errors import UnreadableFile, UnsupportedEncoding
from ctbone.ingest.elements import Unusual, scan_explicit
from ctbone.ingest.fallback import HOSTILE, parse
from ctbone.ingest.fragments import DELIMITER, items_of
from ctbone.ingest.syntaxes import DEFLATED, NATIVE, RLE
from ctbone.records import SliceRecord

#: The largest frame that is taken for one: no CT reconstructs more than 4096 x 4096.
LARGEST_FRAME = 4096 * 4096

#: Bytes that a deflated file may hold besides its pixels.
_DEFLATED_HEADER = 1 << 26

_CODE_STREAMS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored bytes of one slice.

    Attributes:
        item: The slice.
        extents: Where its bytes begin and how many they are, in the file or in ``content``.
        content: The value of Pixel Data where it had to be parsed or inflated; else ``None``.
    """

    item: SliceRecord
    extents: tuple[tuple[int, int], ...]
    content: bytes | None = None

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            UnreadableFile: If the file no longer holds them.
        """
        if self.content is not None:
            return b"".join(self.content[start : start + size] for start, size in self.extents)
        parts = _read_extents(self.item, self.extents)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@contextmanager
def opened(item: SliceRecord) -> Iterator[int]:
    """Open the file of a slice for reading, as a descriptor.

    Raises:
        UnreadableFile: If the storage fails, then or in the block; it names the file by number.
    """
    try:
        file = os.open(item.path, os.O_RDONLY)
        try:
            yield file
        finally:
            os.close(file)
    except OSError as error:
        # The message of an OSError names the path, which can carry a name.
        raise UnreadableFile(f"file {item.number}: {error.strerror}") from error


def frame_bytes(item: SliceRecord) -> int:
    """Return how many bytes the pixels of a slice take when uncompressed."""
    return item.rows * item.columns * (item.encoding.bits_allocated // 8)


def locate(slices: Sequence[SliceRecord], *, is_multi_frame: bool) -> list[Stored]:
    """Return where the bytes of each slice lie, in the order of the slices.

    Args:
        slices: Slices of one series.
        is_multi_frame: Whether its files may hold more than one frame.

    Raises:
        UnreadableFile: If a file does not hold the frame it declares.
        UnsupportedEncoding: If a frame is larger than any CT.
    """
    by_path: dict[Path, list[int]] = {}
    for index, item in enumerate(slices):
        by_path.setdefault(item.path, []).append(index)
    found: dict[int, Stored] = {}
    for indices in by_path.values():
        items = [slices[index] for index in indices]
        require_size(items[0])
        is_native = items[0].encoding.transfer_syntax_uid in NATIVE
        find = _locate_native if is_native else _locate_encapsulated
        found.update(zip(indices, find(items, is_multi_frame=is_multi_frame), strict=True))
    return [found[index] for index in range(len(slices))]


def require_size(item: SliceRecord) -> None:
    """Refuse a slice without voxels, or larger than any CT.

    Raises:
        UnsupportedEncoding: If it is one.
    """
    if min(item.rows, item.columns) < 1 or item.rows * item.columns > LARGEST_FRAME:
        raise UnsupportedEncoding(
            f"a slice must have 1 to {LARGEST_FRAME} voxels, "
            f"file {item.number} declares {item.rows} x {item.columns}"
        )


def _locate_native(items: list[SliceRecord], *, is_multi_frame: bool) -> list[Stored]:
    item = items[0]
    start, length, content = item.pixel_offset, item.pixel_length, None
    if start is None or length is None:
        is_deflated = item.encoding.transfer_syntax_uid == DEFLATED
        content = _inflated_pixels(items) if is_deflated else _fully_parsed(item)
        start, length = 0, len(content)
    elif start + length > _file_size(item):
        raise UnreadableFile(f"file {item.number} ends within its pixels")
    size = frame_bytes(item)
    declared = (max(i.frame for i in items) + 1) * size
    # Some writers pad the value. Less than a row is left by no size but the one declared.
    left = (length - declared) % size if is_multi_frame else length - declared
    if length < declared or left >= max(2, size // item.rows):
        raise UnreadableFile(
            f"file {item.number} declares {item.rows} x {item.columns} voxels of "
            f"{item.encoding.bits_allocated} bits, which take {declared} bytes; "
            f"its Pixel Data has {length}"
        )
    return [Stored(i, ((start + i.frame * size, size),), content) for i in items]


def _file_size(item: SliceRecord) -> int:
    try:
        return item.path.stat().st_size
    except OSError as error:
        raise UnreadableFile(f"file {item.number}: {error.strerror}") from error


def _fully_parsed(item: SliceRecord) -> bytes:
    try:
        # Reading the value can fail as parsing can, and pydicom warns of what nobody asked for.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = parse(item.path, stop_before_pixels=False)["PixelData"].value
    except (UnreadableFile, *HOSTILE) as error:
        raise UnreadableFile(f"the pixels of file {item.number} cannot be parsed") from error
    if not isinstance(value, bytes):
        raise UnreadableFile(f"file {item.number} has pixels of no known kind")
    return value


def _inflated_pixels(items: list[SliceRecord]) -> bytes:
    """Inflate no more than the declared pixels and a large header can take."""
    item = items[0]
    most = (max(i.frame for i in items) + 1) * frame_bytes(item) + _DEFLATED_HEADER
    try:
        raw = item.path.read_bytes()
        # The first element of the file meta information says how long that is (PS3.10, 7.1).
        (meta_length,) = struct.unpack_from("<I", raw, 140)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        window = inflater.decompress(raw[144 + meta_length :], most)
        pixels = scan_explicit(window, 0, 0, {}, []).pixels
    except (OSError, struct.error, zlib.error, Unusual) as error:
        # The message of an OSError names the path, which can carry a name.
        kind = type(error).__name__
        raise UnreadableFile(f"file {item.number} cannot be inflated: {kind}") from error
    if pixels is None or sum(pixels) > len(window):
        raise UnreadableFile(f"file {item.number} ends within its pixels")
    return window[pixels[0] : sum(pixels)]


def _locate_encapsulated(items: list[SliceRecord], *, is_multi_frame: bool) -> list[Stored]:
    item, content = items[0], None
    if item.pixel_offset is None:
        # pydicom hands over the items without the delimiter that ends them.
        content = _fully_parsed(item) + DELIMITER
        whole = content
        fragments = _fragments(lambda at, size: whole[at : at + size], item, start=0)
    else:
        fragments = _fragments_on_disk(item, item.pixel_offset)
    frames = _join(fragments, item, content) if is_multi_frame else [tuple(fragments[1:])]
    if max(i.frame for i in items) >= len(frames):
        raise UnreadableFile(f"file {item.number} holds only {len(frames)} compressed frames")
    return [Stored(i, frames[i.frame], content) for i in items]


def _fragments_on_disk(item: SliceRecord, start: int) -> list[tuple[int, int]]:
    with opened(item) as file:
        return _fragments(lambda at, size: os.pread(file, size, at), item, start=start)


def _fragments(
    look: Callable[[int, int], bytes], item: SliceRecord, *, start: int
) -> list[tuple[int, int]]:
    """Return start and length of every item; the first is the table of offsets."""
    found = items_of(look, start)
    if found is None:
        raise UnreadableFile(f"the compressed pixels of file {item.number} do not end properly")
    if len(found) < 2:
        raise UnreadableFile(f"file {item.number} has no compressed frame")
    return found


def _join(
    fragments: list[tuple[int, int]], item: SliceRecord, content: bytes | None
) -> list[tuple[tuple[int, int], ...]]:
    """Gather the fragments of each frame."""
    table = Stored(item, (fragments[0],), content).read()
    offsets = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    starts = {fragments[1][0] + offset for offset in offsets}
    frames: list[list[tuple[int, int]]] = []
    for start, length in fragments[1:]:
        opens = start in starts if starts else _opens_frame((start, length), item, content)
        if opens or not frames:
            frames.append([(start, length)])
        else:
            frames[-1].append((start, length))
    return [tuple(frame) for frame in frames]


def _opens_frame(fragment: tuple[int, int], item: SliceRecord, content: bytes | None) -> bool:
    """Return whether a fragment begins like a code stream; an RLE frame is one fragment."""
    if item.encoding.transfer_syntax_uid == RLE:
        return True
    start, length = fragment
    return Stored(item, ((start, min(6, length)),), content).read().startswith(_CODE_STREAMS)


def _read_extents(item: SliceRecord, extents: tuple[tuple[int, int], ...]) -> list[bytes]:
    with opened(item) as file:
        parts = [os.pread(file, size, start) for start, size in extents]
    if [len(part) for part in parts] != [size for _, size in extents]:
        raise UnreadableFile(f"file {item.number} ends within its pixels")
    return parts
