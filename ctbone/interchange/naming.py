"""Names that files take from data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: Longest part of a file name that a name of the data gives, in characters.
_LONGEST = 40


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Give every name a part of a file name that no other name has, on any file system.

    Letters of every script stay, all else becomes an underscore; names that would then be the
    same, letter case apart, are numbered. The empty name stays empty.

    Example:
        >>> file_names(["a b", "a-b", ""])
        {'a b': 'a_b', 'a-b': 'a_b_2', '': ''}
    """
    taken: set[str] = set()
    found = {}
    for name in dict.fromkeys(names):
        found[name] = unique(_plain(name) or "target", taken) if name else ""
    return found


def unique(name: str, taken: set[str]) -> str:
    """Return a name, numbered where it is taken in any letter case, and take it."""
    chosen, number = name, 1
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{name}_{number}"
    taken.add(chosen.casefold())
    return chosen


def _plain(name: str) -> str:
    # One form of each letter: some file systems compose accents, others take them apart.
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in composed)
    return "_".join(kept.split())[:_LONGEST].strip("_")
