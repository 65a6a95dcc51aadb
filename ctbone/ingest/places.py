"""The files below a folder, in one order on every machine.

Symbolic links below the root are never followed: what they point to inside the root is met anyway,
and what lies outside was not asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Where a file of the export lies.

    Attributes:
        directory: Its folder, below the root of the export; empty for the root itself.
        name: Its name there; empty where it stands for the folder.
        fault: Why it is not to be opened, empty when it is.
    """

    directory: str
    name: str
    fault: str

    @property
    def path(self) -> str:
        """Path below the root of the export."""
        return f"{self.directory}/{self.name}" if self.directory else self.name


def find_places(root: Path) -> Iterator[Place]:
    """Yield every file below the root, folder by folder, in the order of their names."""
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        try:
            with os.scandir(root / directory) as listing:
                found = sorted(listing, key=lambda item: item.name)
        except OSError as error:
            yield Place(directory, "", f"the folder cannot be listed: {error.strerror}")
            continue
        for item in found:
            if not item.is_dir(follow_symlinks=False):
                yield Place(directory, item.name, _why_not(item))
        waiting += [
            f"{directory}/{item.name}" if directory else item.name
            for item in reversed(found)
            if item.is_dir(follow_symlinks=False)
        ]


def _why_not(item: os.DirEntry[str]) -> str:
    """Return why a directory entry is not to be opened, empty when it is."""
    if item.is_file(follow_symlinks=False):
        return ""
    return "a symbolic link, not followed" if item.is_symlink() else "not a regular file"
