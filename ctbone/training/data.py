"""Examples, batches of them, and the one data module that hands them out."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import pytorch_lightning as lightning
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class Batch(NamedTuple):
    """Inputs of a network and what it should answer, one example a row."""

    inputs: Tensor
    targets: Tensor


class Examples(Protocol):
    """A numbered set of examples, each drawn anew with its own random numbers."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def draw(
        self, index: int, rng: np.random.Generator | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return input and target of one; varied with ``rng``, as it is where that is ``None``."""
        ...


class DrawnExamples(Dataset[Batch]):
    """Examples as they fall in one epoch: the same seed and epoch give the same numbers.

    Args:
        examples: What to draw from.
        seed: Two numbers, the run's and the epoch's; ``None`` leaves examples as they are.
    """

    def __init__(self, examples: Examples, seed: tuple[int, int] | None) -> None:
        self._examples = examples
        self._seed = seed

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Batch:
        rng = None if self._seed is None else np.random.default_rng((*self._seed, index))
        inputs, targets = self._examples.draw(index, rng)
        return Batch(torch.from_numpy(inputs), torch.from_numpy(targets))


class ExampleData(lightning.LightningDataModule):
    """Training and validation examples in batches, in an order that seed and epoch decide."""

    def __init__(
        self, training: Examples, validation: Examples, *, batch_size: int, seed: int
    ) -> None:
        super().__init__()
        self._training = training
        self._validation = validation
        self._batch_size = batch_size
        self._seed = seed

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of the current epoch; Lightning asks anew for each."""
        epoch = self.trainer.current_epoch if self.trainer is not None else 0
        drawn = DrawnExamples(self._training, (self._seed, epoch))
        # A list and not a generator: Lightning may begin an epoch twice when it resumes a run.
        order = np.random.default_rng((self._seed, epoch)).permutation(len(drawn)).tolist()
        # A last batch of one cannot be normalised over the batch.
        leftover = len(drawn) % self._batch_size
        drop = len(drawn) > self._batch_size and leftover == 1
        return DataLoader(drawn, batch_size=self._batch_size, sampler=order, drop_last=drop)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the validation batches, never varied."""
        return DataLoader(DrawnExamples(self._validation, None), batch_size=self._batch_size)
