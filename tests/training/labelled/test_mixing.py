"""Labelled examples stand beside simulated ones, in their share, from their own patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ctbone.training import LabelledData
from ctbone.training.data import Repeated
from ctbone.training.labelled import Gathered, HeldOutFields, MixedEpochs, mixing


class Simulated:
    def __init__(self, count):
        self._count = count

    def __len__(self):
        return self._count

    def draw(self, index, rng):
        return "simulated", index


def gathered(name, share, count):
    data = LabelledData(path=Path(name), layout="verse", share=share)
    paths = [Path(f"{name}{n}") for n in range(count + 1)]
    return Gathered(data, tuple(paths[:count]), tuple(paths[count:]))


@pytest.fixture
def mixed(recipe, monkeypatch):
    monkeypatch.setattr(mixing, "draw_field", lambda path, config, rng: (path.name, rng.random()))
    sets = (gathered("a", 0.25, 4), gathered("b", 0.15, 2))
    return MixedEpochs(Repeated(Simulated(60)), sets, recipe)


def test_shares_are_those_asked_for(mixed):
    assert mixed.counts == (25, 15)
    examples = mixed.at(3)
    drawn = [examples.draw(n, np.random.default_rng(n))[0] for n in range(len(mixed))]
    assert drawn[:60] == ["simulated"] * 60
    assert set(drawn[60:85]) == {"a0", "a1", "a2", "a3"}
    assert set(drawn[85:]) == {"b0", "b1"}


def test_a_labelled_example_hangs_on_its_generator_alone(mixed):
    draws = [mixed.at(epoch).draw(70, np.random.default_rng(5)) for epoch in (0, 1)]
    assert draws[0] == draws[1]


def test_held_out_patients_are_others_and_always_looked_at_alike(mixed, recipe):
    held_out = HeldOutFields(mixed.sets, recipe)
    assert len(held_out) == 2
    assert [held_out.draw(n, None)[0] for n in range(2)] == ["a4", "b2"]
    assert held_out.draw(0, None) == held_out.draw(0, None)
