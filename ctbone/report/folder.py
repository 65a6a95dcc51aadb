"""The folder of pages: it appears whole, replaces that of an earlier report, and no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Tells a folder that ctbone wrote from one that it must not touch.
_MARKER = ".ctbone-report"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into; it takes the place of the earlier one at the end.

    Where the block does not end well, the earlier one stays as it was. What others put into that,
    as a reviewer does with review.csv, is carried over.

    Raises:
        ValueError: If ctbone did not write the folder.
    """
    part = folder.with_name(f"{folder.name}.part")
    for place in (folder, part):
        _require_own(place)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / _MARKER).touch()
    try:
        yield part
        _sign(part)
        _carry_over(folder, part)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def link_or_copy(source: Path, target: Path) -> None:
    """Put a file into the report without its bytes where the file system can, else with them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # A link to a link would lead out of the folder.
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)


def _sign(folder: Path) -> None:
    """Note what was written here: all else that is found later is of others."""
    names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    (folder / _MARKER).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _carry_over(earlier: Path, folder: Path) -> None:
    """Take along what others put into an earlier report."""
    if not (earlier / _MARKER).is_file():
        return
    own = {*(earlier / _MARKER).read_text(encoding="utf-8").splitlines(), _MARKER}
    for path in _files(earlier):
        name = path.relative_to(earlier)
        if name.as_posix() not in own and not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, folder / name)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _require_own(folder: Path) -> None:
    is_own = folder.is_dir() and not folder.is_symlink() and (folder / _MARKER).is_file()
    is_free = not folder.is_symlink() and (not folder.exists() or _is_empty(folder))
    if not (is_own or is_free):
        raise ValueError(
            f"{folder.name} in {folder.parent.name} must be free or an earlier report, and holds "
            "what ctbone did not write there; move it elsewhere"
        )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
