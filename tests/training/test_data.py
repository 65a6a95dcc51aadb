"""What is drawn hangs on seed, epoch and number alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ctbone.training.data import DrawnExamples, EpochOrder, ExampleData, Place, Repeated


class Numbers:
    """Each example is its number and what the generator gave."""

    def __init__(self, count, start=0.0):
        self._count, self._start = count, start

    def __len__(self):
        return self._count

    def draw(self, index, rng):
        noise = 0.0 if rng is None else rng.random()
        return np.array([self._start + index, noise], np.float32), np.zeros(1, np.float32)


class Growing:
    """Other numbers in every epoch."""

    def __len__(self):
        return 3

    def at(self, epoch):
        return Numbers(3, start=10.0 * epoch)


def seen(loader):
    return torch.cat([batch.inputs for batch in loader])


def data(**options):
    return ExampleData(Numbers(7), Numbers(3), seed=1, **{"batch_size": 3} | options)


def test_draws_follow_seed_epoch_and_number():
    one, other = (DrawnExamples(Repeated(Numbers(3)), seed) for seed in (1, 2))
    first = one[Place(0, 1)].inputs
    assert torch.equal(first, one[Place(0, 1)].inputs)
    assert not torch.equal(first, one[Place(1, 1)].inputs)
    assert not torch.equal(first, other[Place(0, 1)].inputs)
    plain = DrawnExamples(Repeated(Numbers(3)), None)
    assert plain[Place(5, 2)].inputs.tolist() == [2.0, 0.0]


def test_the_order_is_that_of_the_epoch_and_the_epoch_is_prepared():
    prepared = []
    order = EpochOrder(20, 1, epoch=4, prepare=prepared.append)
    fourth = list(order)
    order.set_epoch(5)
    fifth = list(order)
    assert prepared == [4, 5]
    assert sorted(place.number for place in fifth) == list(range(20))
    assert [p.number for p in fourth] != [p.number for p in fifth]
    assert {p.epoch for p in fifth} == {5}
    assert fourth == list(EpochOrder(20, 1, epoch=4, prepare=prepared.append))


def test_a_last_batch_of_one_is_left_out():
    assert len(seen(data().train_dataloader())) == 6
    assert len(seen(data(batch_size=4).train_dataloader())) == 7


def test_validation_is_never_varied_and_stays_in_order():
    found = seen(data().val_dataloader())
    assert found.tolist() == [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]


def test_a_stream_gives_each_epoch_its_own():
    prepared = []
    loader = data().stream(Growing(), prepared.append).train_dataloader()
    first = seen(loader)[:, 0]
    loader.sampler.set_epoch(2)
    third = seen(loader)[:, 0]
    assert sorted(first.tolist()) == [0.0, 1.0, 2.0]
    assert sorted(third.tolist()) == [20.0, 21.0, 22.0]
    assert prepared == [0, 2]


@pytest.mark.slow
def test_another_process_draws_the_same():
    alone, beside = (seen(data(workers=workers).train_dataloader()) for workers in (0, 1))
    assert torch.equal(alone, beside)
