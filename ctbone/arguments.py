"""Words of a command line: which options there are, and how one is given several values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from itertools import takewhile
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def options(config: type) -> dict[str, Any]:
    """Return the type of every option by its name; those of a group are ``group.name``."""
    return dict(_options(config, ""))


def gather(arguments: list[str], config: type) -> list[str]:
    """Write ``--tables a.csv b.csv`` and ``--tables a.csv,b.csv`` as the list the parser wants.

    Where a list has a fixed length, or something else can stand in its place as in ``--window_hu
    bone``, one value alone is left as it is.
    """
    known = options(config)
    several = {f"--{name}": kind for name, hint in known.items() if (kind := _of_several(hint))}
    lists = {f"--{name}" for name, hint in known.items() if _is_list(hint)}
    gathered: list[str] = []
    waiting = list(arguments)
    while waiting:
        given = waiting.pop(0)
        word, equals, value = given.partition("=")
        values = [value] if equals else list(takewhile(_is_value, waiting))
        if word not in several or (word not in lists and len(values) < 2):
            gathered.append(given)
            continue
        del waiting[: 0 if equals else len(values)]
        written = len(values) == 1 and values[0].startswith("[")
        parts = [part for one in values for part in _parts(one, several[word])]
        gathered += [word, values[0] if written else json.dumps(parts, ensure_ascii=False)]
    return gathered


def _options(config: type, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, hint in get_type_hints(config).items():
        yield f"{prefix}{name}", hint
        for kind in (hint, *get_args(hint)):
            if is_dataclass(kind) and isinstance(kind, type):
                yield from _options(kind, f"{prefix}{name}.")


def _of_several(hint: object) -> object:
    """Return the kind of the values of an option that takes several; ``None`` of another."""
    kinds = (hint, *get_args(hint)) if get_origin(hint) in (Union, UnionType) else (hint,)
    lists = (kind for kind in kinds if get_origin(kind) is tuple)
    return next((get_args(kind)[0] for kind in lists), None)


def _is_list(hint: object) -> bool:
    return get_origin(hint) is tuple and get_args(hint)[1:] == (Ellipsis,)


def _is_value(word: str) -> bool:
    return not word.startswith("--")


def _parts(word: str, kind: object) -> list[str]:
    """Part a word at its commas, where its kind has none of its own: texts and numbers can."""
    is_plain = get_origin(kind) is Literal or (kind is Path and not Path(word).exists())
    if not is_plain or word.startswith(("[", "{")):
        return [word]
    return [part.strip() for part in word.split(",") if part.strip()] or [word]
