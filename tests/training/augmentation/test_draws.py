"""Each example has draws of its own, from one generator."""

from __future__ import annotations

import torch

from .conftest import make_draws


def test_draws_have_the_law_that_they_are_asked_for():
    draws = make_draws(20000)
    uniform = draws.uniform(-2.0, 4.0, 2)
    assert uniform.shape == (20000, 2)
    assert uniform.min() >= -2.0
    assert uniform.max() <= 4.0
    assert abs(uniform.mean() - 1.0) < 0.05
    assert abs(draws.normal(3).std() - 1.0) < 0.02
    assert abs(draws.signs().mean()) < 0.03
    assert set(draws.signs().tolist()) == {-1.0, 1.0}
    assert abs(draws.chosen(0.1).mean() - 0.1) < 0.01
    assert draws.chosen(0.0).sum() == 0.0
    assert draws.chosen(1.0).all()
    counts = torch.bincount(draws.indices(3), minlength=3)
    assert len(counts) == 3
    assert counts.min() > 6000


def test_the_same_seed_gives_the_same_and_examples_differ():
    one, same, other = (make_draws(4, seed).uniform(0.0, 1.0) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert len(set(one.tolist())) == 4
