"""Rods lie behind the body, and their streaks cancel about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.training.augmentation.fields import axial_places
from ctbone.training.augmentation.metal import METAL_HU, _rod, implant

from .conftest import STILL, make_draws

SPACING_MM = (1.0, 1.0, 1.0)


def run(count, share, *, streak_hu=0.0, body=None):
    planes = torch.full((count, 2, 64, 80), 50.0)
    body = torch.zeros_like(planes) if body is None else body.expand_as(planes)
    config = replace(STILL, metal_share=share, metal_streak_hu=streak_hu)
    return implant(planes, body, config, SPACING_MM, make_draws(count))


def test_two_rods_lie_behind_the_body_along_the_spine():
    found = run(20, 1.0)
    assert torch.equal(found[:, 0], found[:, 1])
    for planes in found[:, 0]:
        metal = np.argwhere(planes.numpy() > 1500.0) - [31.5, 39.5]
        left, right = metal[metal[:, 0] > 0.0], metal[metal[:, 0] < 0.0]
        for rod in (left, right):
            sideways, backwards = np.abs(rod.mean(axis=0))
            assert 11.5 < sideways < 20.5
            assert 23.5 < backwards < 34.5
            assert rod[:, 1].min() > 0.0
        covered = float((planes - 50.0).sum()) / (METAL_HU - 50.0)
        assert 2 * np.pi * 2.4**2 < covered < 2 * np.pi * 3.1**2


def test_metal_is_as_rare_as_it_is_asked_to_be():
    found = run(200, 0.1)
    with_metal = (found.flatten(1).max(dim=1).values > 1000.0).float().mean()
    assert 0.05 < with_metal < 0.17
    assert run(4, 0.0).max() == 50.0


def test_the_body_keeps_its_bone():
    found = run(5, 1.0, body=torch.ones(()))
    assert torch.equal(found, torch.full_like(found, 50.0))


def test_streaks_fade_and_cancel_around_a_rod():
    places = axial_places(torch.zeros(1, 1, 401, 401), (0.1, 0.1, 1.0))
    _, bands = _rod(torch.zeros(3), torch.zeros(3), places, make_draws(3))
    distance = torch.hypot(places.left_mm, places.posterior_mm)
    for radius in (5.0, 10.0, 18.0):
        ring = bands[:, (distance - radius).abs() < 0.1]
        assert ring.mean(dim=1).abs().max() < 0.01
        assert ring.max().item() == pytest.approx(10.0 / (10.0 + radius), rel=0.02)
        assert ring.min().item() == pytest.approx(-10.0 / (10.0 + radius), rel=0.02)


def test_streaks_are_as_strong_as_asked():
    found = run(60, 1.0, streak_hu=150.0)[:, 0]
    away = found[:, :, :20] - 50.0
    assert away.abs().max() < 150.0
    assert away.abs().max() > 30.0
    assert away.mean().abs() < 5.0
