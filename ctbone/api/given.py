"""What a caller gives: made plain, or refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from enum import Enum
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ctbone.anatomy import VertebralLevel

#: Those before the name of an option, and not within that of a file.
_DASHES = re.compile(r"(?<![^\s('\"])--(?=[a-z])")

#: Characters of a value that a message shows.
_SHOWN = 40


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return a value of numpy, pandas or ctbone as the text, number, list or mapping that it is.

    Any other value is returned as it is, for whoever expects something else to refuse.
    """
    if isinstance(value, Enum):
        return value.name if isinstance(value, VertebralLevel) else value.value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return plain(value[()])
    return _members(value)


def _members(value: object) -> Any:  # noqa: ANN401
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    # The members of a frame are the names of its columns, those of an image its planes.
    is_whole = isinstance(value, str | bytes | pd.DataFrame)
    is_image = isinstance(value, np.ndarray) and value.ndim > 1
    if is_whole or is_image or not isinstance(value, Iterable):
        return value
    return [plain(item) for item in value]


def told(value: object) -> str:
    """Say in a message what was found: the value where it is short, else what it is of."""
    text = repr(value)
    is_short = len(text) <= _SHOWN and "\n" not in text
    return text if is_short else type(value).__name__


def to_place(value: object, *, name: str, expected: str = "a path") -> Path:
    """Return the path that a caller gave.

    Args:
        value: What was given.
        name: What messages call it.
        expected: What may be given.

    Raises:
        TypeError: If it is no path.
        ValueError: If it is an empty one, which would mean the current folder.
    """
    if not isinstance(value, str | PathLike):
        raise TypeError(f"{name}: expected {expected}, found {told(value)}")
    if not str(fspath(value)).strip():
        raise ValueError(f"{name}: expected {expected}, found an empty path")
    return Path(value)


def undashed(sentence: str) -> str:
    """Return what is said of options of the command line as it is said of those of a function."""
    return _DASHES.sub("", sentence)


@contextmanager
def sentences() -> Iterator[None]:
    """Say in a sentence what the system says by number, and of options without their dashes.

    Raises:
        FileNotFoundError: If there is nothing at a path.
        ValueError: If there is a folder in place of a file, or a file in place of a folder.
    """
    try:
        yield
    except OSError as trouble:
        if (mistake := _mistake(trouble)) is None:
            raise
        raise mistake from trouble
    except ValueError as mistake:
        said = undashed(str(mistake))
        if said == str(mistake):
            raise
        raise ValueError(said) from mistake


def _mistake(trouble: OSError) -> Exception | None:
    """Return the mistake of the caller that the system met; ``None`` where it was none."""
    # Who says it in a sentence gives neither.
    if trouble.strerror is None or trouble.filename is None:
        return None
    place = _mistaken(Path(trouble.filename))
    match trouble:
        case FileNotFoundError():
            wanted = "expected a file or a folder"
            return FileNotFoundError(f"{wanted}, found nothing at {place}")
        case IsADirectoryError():
            return ValueError(f"expected a file, found the folder {place}")
        case FileExistsError() | NotADirectoryError():
            return ValueError(f"expected a folder, found the file {place}")
        case _:
            return None


def _mistaken(path: Path) -> Path:
    """Return the first part of a path that is no folder: what is below it cannot be there."""
    return next((parent for parent in path.parents[::-1] if not parent.is_dir()), path)
