"""Patches are moved as rigid bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from ctbone.training.augmentation.geometry import move, rotations

from .conftest import SPACING_MM, STILL, make_draws

SHAPE = (15, 21, 17)


def places():
    """Millimetres from the middle along l, p, s of planes (S, L, P), shape (3, S, L, P)."""
    axes = [np.arange(n) - (n - 1) / 2.0 for n in SHAPE]
    superior, left, posterior = np.meshgrid(*axes, indexing="ij")
    return np.stack([left, posterior, superior]) * np.asarray(SPACING_MM)[:, None, None, None]


def linear(gradient, count=1):
    field = np.tensordot(gradient, places(), axes=1)
    return torch.from_numpy(field).float().expand(count, -1, -1, -1)


def core(planes):
    """The middle, which no edge reaches."""
    return planes[:, 4:-4, 5:-5, 5:-5]


def run(planes, config, *, count=1, seed=0):
    return move(planes, torch.zeros_like(planes), config, SPACING_MM, make_draws(count, seed))[0]


def test_rotations_are_those_of_their_vectors():
    vectors = torch.tensor([[0.0, 0.0, 0.0], [0.1, -0.2, 0.3], [1.0, 2.0, -0.5]])
    expected = Rotation.from_rotvec(vectors.numpy()).as_matrix()
    np.testing.assert_allclose(rotations(vectors), expected, atol=1e-6)


def test_a_shift_is_a_shift_of_a_linear_field():
    config = replace(STILL, shift_mm=1.0)
    drawn = make_draws(3).normal(3).numpy()
    for gradient in np.eye(3) * 7.0:
        planes = linear(gradient, 3)
        found = core(run(planes, config, count=3) - planes).numpy()
        expected = drawn @ gradient
        np.testing.assert_allclose(found, expected[:, None, None, None] + 0 * found, atol=2e-3)


def test_a_turn_turns_a_linear_field_about_the_middle():
    config = replace(STILL, turn_degrees=4.0)
    draws = make_draws(2)
    draws.normal(3)
    vectors = np.radians(4.0) * draws.normal(3).numpy()
    gradient = np.array([3.0, -5.0, 2.0])
    found = run(linear(gradient, 2), config, count=2)
    for one, vector in zip(found, vectors, strict=True):
        turned = gradient @ Rotation.from_rotvec(vector).as_matrix()
        expected = linear(turned)
        torch.testing.assert_close(core(one[None]), core(expected), rtol=0.0, atol=5e-3)


def test_a_mirror_exchanges_left_and_right_alone():
    planes = torch.randn(16, *SHAPE, generator=torch.Generator().manual_seed(1))
    found = run(planes, replace(STILL, mirror=True), count=16)
    mirrored = 0
    for one, was in zip(found, planes, strict=True):
        if not torch.allclose(one, was, atol=1e-3):
            torch.testing.assert_close(one, was.flip(1), rtol=0.0, atol=1e-3)
            mirrored += 1
    assert 3 <= mirrored <= 13


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_image_and_body_move_together(shift):
    body = torch.zeros(4, *SHAPE)
    body[:, 4:11, 6:15, 5:12] = 1.0
    config = replace(STILL, shift_mm=shift, turn_degrees=5.0, mirror=True)
    planes, moved = move(200.0 * body - 50.0, body, config, SPACING_MM, make_draws(4))
    torch.testing.assert_close(planes, 200.0 * moved - 50.0, rtol=0.0, atol=1e-2)


def test_attenuation_is_neither_scaled_nor_taken_from_beyond():
    planes = torch.full((3, *SHAPE), -73.0)
    found = run(planes, replace(STILL, shift_mm=30.0, turn_degrees=40.0), count=3)
    torch.testing.assert_close(found, planes, rtol=0.0, atol=1e-3)
