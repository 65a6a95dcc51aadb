"""Everything that a command left behind, as bytes, and what of it names somebody."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.privacy.planting import BIRTH_FORMS, MARK

#: The one file of a run that is marked as identifying, with what SQLite puts beside it.
CATALOGUE = ("catalogue.sqlite3", "catalogue.sqlite3-wal", "catalogue.sqlite3-shm")

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


def names_in(content: bytes) -> set[str]:
    """Return which planted words stand in some bytes, in any case and encoding."""
    low = content.lower()
    return {
        word
        for word in (MARK, *BIRTH_FORMS)
        if any(word.encode(encoding) in low for encoding in _ENCODINGS)
    }


def left_behind(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path below the folder and the content of every file, packed ones unpacked too."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield name, name.encode()
        if path.is_file():
            yield from ((name, content) for content in unpacked(path.read_bytes()))


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield a file as it is and, where it is packed, what it holds."""
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield packed.read(name)
    elif content[:5] == b"%PDF-" or content[128:132] == b"DICM":
        yield from _streams(content)


def _streams(content: bytes) -> Iterator[bytes]:
    """Yield what the compressed streams of a PDF hold."""
    for part in content.split(b"stream")[1:]:
        try:
            yield zlib.decompressobj().decompress(part.lstrip(b"\r\n"))
        except zlib.error:
            continue
