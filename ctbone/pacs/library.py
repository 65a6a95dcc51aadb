"""pynetdicom as ctbone uses it: settings that it keeps for the process, set for one block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ctbone.extras import import_extra
from ctbone.pacs.quiet import quiet

_SETTINGS = {
    # It formats what it would log of every message, which costs more than sending it.
    "LOG_HANDLER_LEVEL": "none",
    # Objects go out as they lie on disk, in parts: not parsed, not encoded anew.
    "STORE_SEND_CHUNKED_DATASET": True,
}


@contextmanager
def dimse() -> Iterator[ModuleType]:
    """Give pynetdicom, silent and set up.

    Raises:
        ValueError: If it is not installed.
    """
    package = import_extra("pynetdicom", extra="pacs")
    settings: Any = import_extra("pynetdicom._config", extra="pacs")
    before = {name: getattr(settings, name) for name in _SETTINGS}
    try:
        for name, value in _SETTINGS.items():
            setattr(settings, name, value)
        with quiet():
            yield package
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
