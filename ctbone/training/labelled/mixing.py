"""Simulated and labelled patients in one epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.training.data import Epochs, Examples
from ctbone.training.fields import draw_field
from ctbone.training.labelled.gathering import Gathered
from ctbone.training.recipe import LocaliserTraining

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MixedEpochs:
    """The simulated examples of every epoch, and labelled ones beside them.

    Attributes:
        simulated: As many as ever.
        sets: Labelled data, each with its share of all examples.
        config: How fields are drawn.
    """

    simulated: Epochs
    sets: tuple[Gathered, ...]
    config: LocaliserTraining

    def __len__(self) -> int:
        return len(self.simulated) + sum(self.counts)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many examples of an epoch each labelled set gives."""
        shares = [one.data.share for one in self.sets]
        total = len(self.simulated) / (1.0 - sum(shares))
        return tuple(max(round(share * total), 1) for share in shares)

    def at(self, epoch: int) -> Examples:
        """Return the examples of an epoch: the simulated ones first."""
        return _Mixture(self, self.simulated.at(epoch))


@dataclass(frozen=True)
class _Mixture:
    mixed: MixedEpochs
    simulated: Examples

    def __len__(self) -> int:
        return len(self.mixed)

    def draw(self, index: int, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        """Return input and target: a simulated one, or one of some patient of a labelled set."""
        if index < len(self.simulated):
            return self.simulated.draw(index, rng)
        rng = np.random.default_rng(index) if rng is None else rng
        ends = len(self.simulated) + np.cumsum(self.mixed.counts)
        paths = self.mixed.sets[int(np.searchsorted(ends, index, side="right"))].training
        return draw_field(paths[int(rng.integers(len(paths)))], self.mixed.config, rng)


class HeldOutFields:
    """Fields of view of labelled patients that training never sees, the same at every look."""

    def __init__(self, sets: Sequence[Gathered], config: LocaliserTraining) -> None:
        self._paths: tuple[Path, ...] = tuple(path for one in sets for path in one.held_out)
        self._config = config

    def __len__(self) -> int:
        return len(self._paths) * self._config.validation_draws

    def draw(self, index: int, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        """Return input and target of one."""
        rng = np.random.default_rng(index) if rng is None else rng
        return draw_field(self._paths[index // self._config.validation_draws], self._config, rng)
