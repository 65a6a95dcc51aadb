"""Patches on disk: a file a series; or, where it yields none, why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import LocalisationError, NotEvaluable, Reason
from ctbone.patches import VertebraPatch

_PARTS = ("hu", "inside", "affine", "offset_mm")


def write_patches(path: Path, patches: Sequence[VertebraPatch]) -> None:
    """Write the patches of a series; the file appears whole or not at all."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for patch in patches:
        arrays |= {
            f"{patch.level.name}.{part}": np.asarray(getattr(patch, part)) for part in _PARTS
        }
    fresh = path.with_suffix(".part.npz")
    # Numbers alone, which nothing is pickled for; older releases of numpy cannot be told so.
    np.savez(fresh, **arrays)  # type: ignore[arg-type]
    fresh.rename(path)


def read_patches(path: Path) -> tuple[VertebraPatch, ...]:
    """Read the patches of a series, in order of their names."""
    with np.load(path, allow_pickle=False) as arrays:
        names = sorted({name.partition(".")[0] for name in arrays.files})
        return tuple(_patch(name, arrays) for name in names)


def _patch(name: str, arrays: Mapping[str, NDArray[Any]]) -> VertebraPatch:
    hu, inside, affine, offset = (arrays[f"{name}.{part}"] for part in _PARTS)
    left, posterior, superior = offset.tolist()
    where = (left, posterior, superior)
    return VertebraPatch(VertebralLevel[name], hu, inside, affine, offset_mm=where)


def write_refusal(path: Path, fault: LocalisationError) -> None:
    """Keep why a series yields no patches, beside where they would lie."""
    text = json.dumps({"reason": fault.reason.value, "detail": str(fault)})
    fresh = path.with_suffix(".part.json")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path.with_suffix(".json"))


def require_not_refused(path: Path) -> None:
    """Raise again what an earlier run found against a series.

    Raises:
        NotEvaluable: If it yielded no patches then; with the reason of then.
    """
    found = path.with_suffix(".json")
    if found.is_file():
        told = json.loads(found.read_text(encoding="utf-8"))
        raise NotEvaluable(str(told["detail"]), reason=Reason(told["reason"]))
