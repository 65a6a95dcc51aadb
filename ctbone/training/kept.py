"""Patches on disk: a file a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.patches import VertebraPatch


def write_patches(path: Path, patches: Sequence[VertebraPatch]) -> None:
    """Write the patches of a series; the file appears whole or not at all."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for patch in patches:
        name = patch.level.name
        arrays |= {
            f"{name}.hu": patch.hu,
            f"{name}.inside": patch.inside,
            f"{name}.affine": patch.affine,
            f"{name}.offset_mm": np.asarray(patch.offset_mm),
        }
    fresh = path.with_suffix(".part.npz")
    np.savez(fresh, allow_pickle=False, **arrays)
    fresh.rename(path)


def read_patches(path: Path) -> tuple[VertebraPatch, ...]:
    """Read the patches of a series, in order of their names."""
    with np.load(path, allow_pickle=False) as arrays:
        names = sorted({name.partition(".")[0] for name in arrays.files})
        return tuple(_patch(name, arrays) for name in names)


def _patch(name: str, arrays: Mapping[str, NDArray[Any]]) -> VertebraPatch:
    hu, inside, affine = (arrays[f"{name}.{part}"] for part in ("hu", "inside", "affine"))
    left, posterior, superior = (float(x) for x in arrays[f"{name}.offset_mm"])
    offset = (left, posterior, superior)
    return VertebraPatch(VertebralLevel[name], hu, inside, affine, offset_mm=offset)
