"""What the localiser learns from: patients on its grid with what is known of them, on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Added to the label of a voxel that belongs to a rib, or to an arch, rather than to a body.
RIB, ARCH = 64, 128

#: Label of a voxel that may belong to a vertebra or rib that nobody has labelled.
UNKNOWN = 255


@dataclass(frozen=True, eq=False)
class Case:
    """A patient on the localiser's grid, and what is known; axes run left, posterior and superior.

    Attributes:
        hu: Attenuation, int16 on disk, shape ``(L, P, S)``.
        body: Share of a voxel inside a vertebral body, 0 to 255, same shape.
        disc: Share of a voxel inside a disc, 0 to 255, same shape.
        labels: VerSe label of the vertebra a voxel belongs to, plus 64 in ribs, 128 in arches;
            255 where it may belong to one that nobody has labelled.
        centres: Index of the centre of each body, shape ``(N, 3)``.
        levels: VerSe label of each, shape ``(N,)``.
        ribbed: VerSe labels of the vertebrae of the patient that bear ribs.
        unlabelled: What nobody has labelled anywhere: ``discs``, ``ribs``, ``kinds``.
    """

    hu: NDArray[np.int16] | NDArray[np.float32]
    body: NDArray[np.uint8]
    disc: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    centres: Floats
    levels: NDArray[np.uint8]
    ribbed: NDArray[np.uint8]
    unlabelled: tuple[str, ...] = ()


def write_case(case: Case, path: Path) -> None:
    """Keep a case on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part.npz")
    np.savez(
        fresh,
        hu=case.hu,
        body=case.body,
        disc=case.disc,
        labels=case.labels,
        centres=case.centres,
        levels=case.levels,
        ribbed=case.ribbed,
        unlabelled=np.asarray(case.unlabelled, dtype=np.str_),
    )
    fresh.rename(path)


def read_case(path: Path) -> Case:
    """Read a case that ``write_case`` kept; nothing is unpickled."""
    with np.load(path, allow_pickle=False) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    unlabelled = tuple(str(name) for name in parts.pop("unlabelled", ()))
    return Case(**parts, unlabelled=unlabelled)
