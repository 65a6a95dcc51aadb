"""All patches of a cohort in one array on disk, from which batches are gathered."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import CohortRow
from ctbone.errors import NothingUsable
from ctbone.training.heads.gathering import GatheredStudy
from ctbone.training.heads.kept import read_patches


@dataclass(frozen=True, slots=True, eq=False)
class PatchSet:
    """Patches of many studies, on one grid.

    Attributes:
        rows: Row of the cohort of each study, shape ``(M,)``.
        hu: Attenuation, Hounsfield units, float32, shape ``(N, L, P, S)``; mapped from disk.
        inside: Whether a voxel belongs to the body, same shape, bool; mapped from disk.
        study: Which study each patch is of, index into ``rows``, shape ``(N,)``.
        levels: Level of each patch, shape ``(N,)``.
        sha256: Digest of all attenuation and masks, in order.
    """

    rows: tuple[CohortRow, ...]
    hu: NDArray[np.float32]
    inside: NDArray[np.bool_]
    study: NDArray[np.int64]
    levels: tuple[VertebralLevel, ...]
    sha256: str

    def of(self, studies: Collection[str]) -> NDArray[np.int64]:
        """Return the patches of some studies, named by ``study_uid``, in order."""
        wanted = [k for k, row in enumerate(self.rows) if row.study_uid in studies]
        return np.flatnonzero(np.isin(self.study, wanted))


def assemble(studies: Sequence[GatheredStudy], folder: Path) -> PatchSet:
    """Lay the patches of all studies end to end, in two files of a folder.

    They hold nothing that the kept patches do not, and are soon made again: they need not be kept.

    Raises:
        NothingUsable: If there is no patch.
    """
    found = [(k, patch) for k, one in enumerate(studies) for patch in read_patches(one.path)]
    if not found:
        raise NothingUsable("expected patches to train on and to validate with, found none")
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(found), *found[0][1].hu.shape)
    hu = np.lib.format.open_memmap(folder / "hu.npy", "w+", dtype=np.float32, shape=shape)
    inside = np.lib.format.open_memmap(folder / "inside.npy", "w+", dtype=np.bool_, shape=shape)
    digest = hashlib.sha256()
    for row, (_, patch) in enumerate(found):
        hu[row], inside[row] = patch.hu, patch.inside
        digest.update(patch.hu.tobytes())
        digest.update(patch.inside.tobytes())
    return PatchSet(
        rows=tuple(one.row for one in studies),
        hu=hu,
        inside=inside,
        study=np.array([k for k, _ in found], dtype=np.int64),
        levels=tuple(patch.level for _, patch in found),
        sha256=digest.hexdigest(),
    )
