"""Credentials of a DICOMweb service: in a file, so that no command line and no log shows them."""

from __future__ import annotations

import base64
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FORMS = "one line, either 'bearer TOKEN' or 'basic USER:PASSWORD'"


@dataclass(frozen=True, slots=True)
class FileCredentials:
    """Puts what a file says into a request; reads it anew each time, as tokens are renewed.

    Attributes:
        path: The file.
    """

    path: Path

    def __call__(self, request: Any) -> Any:  # noqa: ANN401 - a request of the library
        """Sign a request."""
        request.headers["Authorization"] = read_authorization(self.path)
        return request


def read_authorization(path: Path) -> str:
    """Return the value of the header that proves who asks.

    Raises:
        ValueError: If the file is absent or of another form. No message repeats what it holds.
    """
    try:
        line = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"--credentials: expected a text file of {_FORMS}, found none") from None
    kind, _, secret = line.partition(" ")
    secret = secret.strip()
    if not secret.isprintable() or not secret:
        raise ValueError(f"--credentials: expected {_FORMS}, found another form")
    if kind.lower() == "bearer" and secret.isascii() and " " not in secret:
        return f"Bearer {secret}"
    if kind.lower() == "basic" and ":" in secret:
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    raise ValueError(f"--credentials: expected {_FORMS}, found another form")


def caution(path: Path) -> str | None:
    """Return what is to be said of a file that other users of the machine can read."""
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return "the file of --credentials can be read by other users: chmod 600 keeps it"
    return None
