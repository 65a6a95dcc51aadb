"""The site key: what pseudonyms and every other digest of an identifier are keyed by."""

from __future__ import annotations

import secrets
from pathlib import Path

from ctbone.ingest.catalogue import remember


def site_key(path: Path | None, *, catalogue: Path) -> bytes:
    """Return the key of the pseudonyms: that of a file, or a random one kept in a catalogue.

    Raises:
        ValueError: If the file is absent or empty.
    """
    if path is None:
        return bytes.fromhex(remember(catalogue, "site_key", secrets.token_hex(32)))
    return _read_key(path)


def require_site_key(path: Path | None) -> None:
    """Check that a key can be read where a file is named, before anything is written.

    Raises:
        ValueError: If the file is absent or empty.
    """
    if path is not None:
        _read_key(path)


def _read_key(path: Path) -> bytes:
    if not path.is_file():
        raise ValueError("the site key must be a file, and is none")
    key = path.read_bytes().strip()
    if not key:
        raise ValueError("the file of the site key is empty")
    return key
