"""Examples, batches of them, and the one data module that hands them out.

Whatever is drawn hangs on the seed, the epoch and the number of the example alone: not on how many
processes draw, nor on whether the run was cut off and taken up again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar, cast

import numpy as np
import pytorch_lightning as lightning
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Sampler

from ctbone.training.processes import loading_context

T = TypeVar("T")


class Batch(NamedTuple):
    """Inputs of a network and what it should answer, one example a row."""

    inputs: Tensor
    targets: Tensor


class Place(NamedTuple):
    """Where an example stands in a run."""

    epoch: int
    number: int


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


class Epochs(Protocol):
    """Examples that differ from epoch to epoch, as many in each."""

    def __len__(self) -> int:
        """Return how many one epoch has."""
        ...

    def at(self, epoch: int) -> Examples:
        """Return those of an epoch; asked for in any process, and always the same."""
        ...


@dataclass(frozen=True)
class Repeated:
    """The same examples in every epoch."""

    examples: Examples

    def __len__(self) -> int:
        return len(self.examples)

    def at(self, epoch: int) -> Examples:
        """Return the examples."""
        del epoch
        return self.examples


class DrawnExamples(Dataset[Batch]):
    """Examples as they fall in each epoch: the same seed and place give the same numbers.

    Args:
        epochs: What to draw from.
        seed: The run's; ``None`` leaves examples as they are.
    """

    def __init__(self, epochs: Epochs, seed: int | None) -> None:
        self._epochs = epochs
        self._seed = seed

    def __len__(self) -> int:
        return len(self._epochs)

    def __getitem__(self, place: Place) -> Batch:
        rng = None if self._seed is None else np.random.default_rng((self._seed, *place))
        inputs, targets = self._epochs.at(place.epoch).draw(place.number, rng)
        return Batch(torch.from_numpy(inputs), torch.from_numpy(targets))


class EpochOrder(Sampler[Place]):
    """The order of the examples of an epoch, which seed and epoch decide.

    Args:
        count: Examples an epoch.
        seed: The run's; ``None`` keeps them in order.
        epoch: The one to begin with; Lightning sets those that follow.
        prepare: Called with the epoch before its first example is asked for.
    """

    def __init__(
        self, count: int, seed: int | None, *, epoch: int, prepare: Callable[[int], None]
    ) -> None:
        self._count, self._seed, self._epoch, self._prepare = count, seed, epoch, prepare

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Place]:
        self._prepare(self._epoch)
        order = range(self._count)
        if self._seed is not None:
            # From the epoch alone: Lightning may begin one twice when it resumes a run.
            rng = np.random.default_rng((self._seed, self._epoch))
            order = rng.permutation(self._count).tolist()
        return iter([Place(self._epoch, number) for number in order])

    def set_epoch(self, epoch: int) -> None:
        """Go on to an epoch."""
        self._epoch = epoch


class SharedOrder(DistributedSampler[T]):
    """What one of several processes takes of an order: every so manieth, of the same epoch.

    Lightning would split an order by itself, but go on to no epoch but the first.

    Args:
        order: A sampler with ``set_epoch``, the same in every process.
        processes: How many there are.
        rank: Which this is, from 0.
    """

    def __init__(self, order: Sampler[T], *, processes: int, rank: int) -> None:
        super().__init__(cast("Dataset[T]", order), processes, rank, shuffle=False)
        self._order = order

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self.num_replicas)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[T]:
        everything = list(self._order)
        # The first come again where they do not go round: all must take as many steps.
        rounds = len(self) * self.num_replicas
        yield from (
            everything[k % len(everything)] for k in range(self.rank, rounds, self.num_replicas)
        )

    def set_epoch(self, epoch: int) -> None:
        """Go on to an epoch."""
        self._order.set_epoch(epoch)  # type: ignore[attr-defined]


def share(order: Sampler[T], trainer: lightning.Trainer | None) -> Sampler[T]:
    """Return what this process takes of an order: all of it where it is alone."""
    if trainer is None or trainer.world_size == 1:
        return order
    return SharedOrder(order, processes=trainer.world_size, rank=trainer.global_rank)


class EpochData(lightning.LightningDataModule):
    """Batches that seed and epoch decide alone."""

    def __init__(self) -> None:
        super().__init__()
        self._first_epoch = 0

    def begin(self, epoch: int) -> None:
        """Make an epoch the first, where a run is resumed: Lightning says so too late for it."""
        self._first_epoch = epoch


class ExampleData(EpochData):
    """Training and validation examples in batches, in an order that seed and epoch decide.

    Args:
        training: To learn from, varied from draw to draw.
        validation: To choose the best epoch by, never varied.
        batch_size: Examples a step.
        seed: The run's.
        workers: Processes that draw training examples beside the fit; with 0 it draws itself.
    """

    def __init__(
        self,
        training: Examples,
        validation: Examples,
        *,
        batch_size: int,
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self._training: Epochs = Repeated(training)
        self._validation = validation
        self._batch_size = batch_size
        self._seed = seed
        self._workers = workers
        self._prepare: Callable[[int], None] = _nothing

    def stream(self, epochs: Epochs, prepare: Callable[[int], None]) -> ExampleData:
        """Take the training examples of each epoch from ``epochs`` instead.

        Args:
            epochs: Where from; carried to the processes that draw.
            prepare: Called in the fitting process before an epoch is drawn from.
        """
        self._training, self._prepare = epochs, prepare
        return self

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of every epoch from the first one on."""
        drawn = DrawnExamples(self._training, self._seed)
        order = EpochOrder(len(drawn), self._seed, epoch=self._first_epoch, prepare=self._prepare)
        # A last batch of one cannot be normalised over the batch.
        leftover = len(drawn) % self._batch_size
        drop = len(drawn) > self._batch_size and leftover == 1
        return self._loader(drawn, order, drop_last=drop, workers=self._workers)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the validation batches, never varied."""
        drawn = DrawnExamples(Repeated(self._validation), None)
        order = EpochOrder(len(drawn), None, epoch=0, prepare=_nothing)
        return self._loader(drawn, order, drop_last=False, workers=min(self._workers, 1))

    def _loader(
        self, drawn: DrawnExamples, order: EpochOrder, *, drop_last: bool, workers: int
    ) -> DataLoader[Batch]:
        return DataLoader(
            drawn,
            batch_size=self._batch_size,
            sampler=share(order, self.trainer),
            drop_last=drop_last,
            num_workers=workers,
            multiprocessing_context=loading_context() if workers else None,
            persistent_workers=workers > 0,
            pin_memory=workers > 0 and torch.cuda.is_available(),
        )


def _nothing(epoch: int) -> None:
    """Prepare an epoch that needs no preparing."""
    del epoch
