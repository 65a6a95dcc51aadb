"""Centroids of vertebral bodies as VerSe writes them: voxels of the image, along named axes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.errors import IrregularGeometry
from ctbone.volume import Grid, to_patient

Floats = NDArray[np.float64]

#: Directions by their letter, LPS.
_DIRECTIONS: Mapping[str, tuple[int, int]] = {
    "L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1),
}  # fmt: skip


def read_centroids(path: Path, grid: Grid) -> dict[VertebralLevel, Floats]:
    """Return the centres of a file, LPS millimetres, by level.

    Args:
        path: A list: first the letters of the axes, then label, X, Y and Z of each vertebra.
        grid: The image that its voxels are of.

    Raises:
        IrregularGeometry: If it is no such file, or its axes are not those of a body.
    """
    try:
        head, *rows = json.loads(path.read_text(encoding="utf-8"))
        letters = [str(letter) for letter in head["direction"]]
        steps = [_DIRECTIONS[letter] for letter in letters]
        found = {int(row["label"]): [float(row[axis]) for axis in "XYZ"] for row in rows}
    except (ValueError, TypeError, KeyError) as error:
        raise IrregularGeometry(
            "expected centroids as VerSe writes them: direction, then label, X, Y and Z; found "
            f"otherwise ({type(error).__name__})"
        ) from error
    if sorted(axis for axis, _ in steps) != [0, 1, 2]:
        raise IrregularGeometry(f"expected three directions of a body, found {''.join(letters)}")
    known = {LABELS["verse"][n]: xyz for n, xyz in found.items() if n in LABELS["verse"]}
    return {level: _position(np.asarray(xyz), steps, grid) for level, xyz in known.items()}


def _position(voxel: Floats, steps: list[tuple[int, int]], grid: Grid) -> Floats:
    """Map a voxel along named axes to the patient, whichever way the image's own axes run."""
    index = np.empty(3)
    for value, (axis, sign) in zip(voxel, steps, strict=True):
        own = int(np.argmax(np.abs(grid.affine[axis, :3]) / np.array(grid.spacing_mm)))
        same_way = np.sign(grid.affine[axis, own]) == sign
        index[own] = value if same_way else grid.shape[own] - 1 - value
    return np.asarray(to_patient(grid.affine, index[None])[0])
