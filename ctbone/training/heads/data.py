"""Batches of patches, in an order that seed and epoch decide alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

from ctbone.training.data import EpochData, share
from ctbone.training.heads.patchset import PatchSet
from ctbone.training.heads.preparing import PatchBatch
from ctbone.training.processes import loading_context

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

#: Stands for a vertebra that a patient lacks.
_ABSENT = -1


def group(patches: PatchSet, chosen: Integers, *, by_patient: bool) -> Integers:
    """Return the patches of every example, shape ``(M, V)``; -1 where a patient lacks one."""
    if not by_patient:
        return chosen[:, None]
    found: dict[int, list[int]] = defaultdict(list)
    for number in chosen.tolist():
        found[int(patches.study[number])].append(number)
    width = max((len(members) for members in found.values()), default=1)
    rows = [members + [_ABSENT] * (width - len(members)) for members in found.values()]
    return np.array(rows, dtype=np.int64).reshape(-1, width)


class PatchExamples(Dataset[PatchBatch]):
    """Whole batches of patches, gathered at once.

    Args:
        patches: All of them.
        members: Those of each example, shape ``(M, V)``, -1 for none.
        targets: Reference results of every study, shape ``(studies, 4)``.
    """

    def __init__(self, patches: PatchSet, members: Integers, targets: Floats) -> None:
        self._hu, self._inside = patches.hu, patches.inside
        self._members = members
        self.studies: Integers = patches.study[members[:, 0]]
        self.targets: Floats = targets[self.studies]

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, numbers: Integers) -> PatchBatch:
        members = self._members[numbers]
        present = members >= 0
        # Whatever stands in for an absent vertebra is never looked at.
        where = np.where(present, members, members[:, :1])
        return PatchBatch(
            torch.from_numpy(np.asarray(self._hu[where])),
            torch.from_numpy(np.asarray(self._inside[where])),
            torch.from_numpy(present),
            torch.from_numpy(self.targets[numbers]),
        )

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps the same files, instead of being sent gigabytes.
        state = self.__dict__.copy()
        return state | {name: getattr(self, name).filename for name in ("_hu", "_inside")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        mapped = {n: np.load(Path(state[n]), mmap_mode="r") for n in ("_hu", "_inside")}
        self.__dict__.update(state | mapped)


class BatchOrder(Sampler[Integers]):
    """The batches of an epoch, which seed and epoch decide.

    Args:
        count: Examples an epoch.
        batch_size: Examples a batch.
        seed: The run's; ``None`` keeps them in order.
        epoch: The one to begin with; Lightning sets those that follow.
        shares: How often each example is drawn, relative to the others; ``None`` draws each once.
    """

    def __init__(
        self,
        count: int,
        batch_size: int,
        *,
        seed: int | None,
        epoch: int = 0,
        shares: NDArray[np.float64] | None = None,
    ) -> None:
        self._count, self._size = count, batch_size
        self._seed, self._epoch, self._shares = seed, epoch, shares

    def __len__(self) -> int:
        return math.ceil(self._kept / self._size)

    @property
    def _kept(self) -> int:
        # A last batch of one cannot be normalised over the batch.
        has_rest = self._seed is not None and self._count > self._size
        return self._count - (1 if has_rest and self._count % self._size == 1 else 0)

    def __iter__(self) -> Iterator[Integers]:
        # Asked for the first batch only, and not before: by then a resumed run knows its epoch.
        order = np.arange(self._count)
        if self._seed is not None:
            # From the epoch alone: Lightning may begin one twice when it resumes a run.
            rng = np.random.default_rng((self._seed, self._epoch))
            if self._shares is None:
                order = rng.permutation(self._count)
            else:
                order = rng.choice(self._count, self._count, p=self._shares / self._shares.sum())
        kept = order[: self._kept]
        for start in range(0, len(kept), self._size):
            yield kept[start : start + self._size]

    def set_epoch(self, epoch: int) -> None:
        """Go on to an epoch."""
        self._epoch = epoch


class HeadData(EpochData):
    """Training and validation batches of one fold.

    Args:
        training: To learn from.
        validation: To choose the best epoch by.
        batch_size: Examples a step.
        seed: The run's.
        shares: How often each training example is drawn; ``None`` draws each once an epoch.
        workers: Processes that gather batches beside the fit; with 0 it gathers itself.
    """

    def __init__(
        self,
        training: PatchExamples,
        validation: PatchExamples,
        *,
        batch_size: int,
        seed: int,
        shares: NDArray[np.float64] | None = None,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self._training, self._validation = training, validation
        self._batch_size, self._seed = batch_size, seed
        self._shares, self._workers = shares, workers

    def train_dataloader(self) -> DataLoader[PatchBatch]:
        """Return the batches of every epoch from the first one on."""
        order = BatchOrder(
            len(self._training),
            self._batch_size,
            seed=self._seed,
            epoch=self._first_epoch,
            shares=self._shares,
        )
        return self._loader(self._training, order)

    def val_dataloader(self) -> DataLoader[PatchBatch]:
        """Return the validation batches, in order."""
        return self._loader(
            self._validation, BatchOrder(len(self._validation), self._batch_size, seed=None)
        )

    def _loader(self, examples: PatchExamples, order: BatchOrder) -> DataLoader[PatchBatch]:
        return DataLoader(
            examples,
            sampler=share(order, self.trainer),
            batch_size=None,
            num_workers=self._workers,
            multiprocessing_context=loading_context() if self._workers else None,
            persistent_workers=self._workers > 0,
            pin_memory=torch.cuda.is_available(),
        )


def balanced_shares(categories: Floats) -> NDArray[np.float64]:
    """Return shares by which every category is drawn as often; an unknown one counts as its own.

    Args:
        categories: Index of the category of each example, NaN where not known, shape ``(N,)``.
    """
    known = np.where(np.isfinite(categories), categories, -1.0)
    _, index, counts = np.unique(known, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[index], dtype=np.float64)
