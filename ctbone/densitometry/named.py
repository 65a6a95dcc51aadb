"""Tables that ship by name, and files of the same kind: one way to find and to read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from ctbone.densitometry.calibrator import Calibrator
from ctbone.densitometry.correction import Correction
from ctbone.densitometry.internal_reference import InternalReference
from ctbone.densitometry.reference import ReferencePopulation
from ctbone.mappings import read_record
from ctbone.resources import chosen_path

Table = TypeVar("Table", Calibrator, Correction, InternalReference, ReferencePopulation)

#: Where tables of a kind ship.
_FOLDERS: Mapping[type, str] = MappingProxyType(
    {
        Calibrator: "calibrators",
        Correction: "corrections",
        InternalReference: "internal",
        ReferencePopulation: "references",
    }
)


def named_path(name: Path, kind: type[Table]) -> Path:
    """Return the file of a table: a path, or the name of one that ships.

    Raises:
        ValueError: If it is neither; the message lists those that ship.
    """
    return chosen_path(name, folder=_FOLDERS[kind])


def load_named(name: Path, kind: type[Table]) -> Table:
    """Read a table from YAML, by its path or by the name of one that ships.

    Raises:
        ValueError: If there is none, the file is no mapping, a key is missing or unknown, or a
            value makes no sense; the message names the file.
    """
    return read_record(named_path(name, kind), kind)
