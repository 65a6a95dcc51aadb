"""``dataset.json`` of nnU-Net: what the numbers of its label maps mean.

Version 2 writes ``labels`` as names to numbers, version 1 as numbers to names; both are read.
Which names are vertebrae is decided by a closed list of words before a level (``vertebrae_L1``,
``L1``, ``body Th12``): what is named otherwise, such as a disc, a rib or a nerve root, is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ctbone.anatomy import VertebralLevel

#: Words that may stand before a level for the name to be that of the vertebra or of its body.
_WORDS = frozenset({"vertebra", "vertebrae", "vertebral", "vert", "body", "bodies", "corpus"})


def read_dataset_labels(path: Path) -> Mapping[int, VertebralLevel]:
    """Read which label is which vertebra.

    Raises:
        ValueError: If the file is absent, no JSON object with ``labels``, gives a vertebra
            anything but one positive number, names a level twice, or names none.
    """
    if not path.is_file():
        raise ValueError(f"expected a dataset.json of nnU-Net, found no {path.name}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(f"{path.name} is not JSON") from None
    labels = found.get("labels") if isinstance(found, dict) else None
    if not isinstance(labels, dict):
        raise ValueError(f"{path.name} must hold labels, names to numbers")  # noqa: TRY004
    return _levels(_named(labels), path.name)


def _named(labels: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return names and numbers, whichever of the two versions wrote them."""
    if all(isinstance(value, str) for value in labels.values()):
        return [(name, int(key) if key.isdecimal() else key) for key, name in labels.items()]
    return list(labels.items())


def _levels(named: list[tuple[str, Any]], where: str) -> Mapping[int, VertebralLevel]:
    levels: dict[int, VertebralLevel] = {}
    for name, number in named:
        level = _level(name)
        if level is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{where}: {name} must have one positive number, got {number!r}")
        if number in levels or level in levels.values():
            raise ValueError(f"{where}: {level.name} and its number must stand once, {name} again")
        levels[number] = level
    if not levels:
        names = ", ".join(name for name, _ in named[:8])
        raise ValueError(f"{where}: expected labels such as vertebrae_L1, found {names or 'none'}")
    return MappingProxyType(levels)


def _level(name: str) -> VertebralLevel | None:
    *before, last = re.split(r"[\s_.-]+", name.strip())
    if not all(word.lower() in _WORDS for word in before):
        return None
    return VertebralLevel.__members__.get(last.upper().replace("TH", "T"))
