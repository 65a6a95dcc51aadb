"""Noise has the loudness, the spectrum and the slices that it is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.kernels import noise_power
from ctbone.training.augmentation.frequencies import frequencies_lp_cm
from ctbone.training.augmentation.noise import add_noise

from .conftest import STILL, make_draws

SPACING_MM = (0.9, 1.1, 1.0)
SHAPE = (24, 32, 36)


def noise(count=40, seed=0, **options):
    config = replace(STILL, **{"noise_hu": 20.0, "noise_slice_mm": 0.0, **options})
    return add_noise(torch.zeros(count, *SHAPE), config, SPACING_MM, make_draws(count, seed))


@pytest.mark.parametrize("slices", [0.0, 4.0])
def test_loudness_is_drawn_evenly_up_to_the_greatest(slices):
    loudness = noise(noise_slice_mm=slices).flatten(1).std(dim=1)
    draws = make_draws(40)
    draws.indices(3)
    expected = draws.uniform(0.0, 20.0)
    torch.testing.assert_close(loudness, expected, rtol=0.04, atol=0.0)


@pytest.mark.parametrize("kernel", ["smooth", "standard", "sharp"])
def test_the_spectrum_is_that_of_the_kernel(kernel):
    found = noise(noise_kernels=(kernel,)).numpy()
    found = found / found.std(axis=(1, 2, 3), keepdims=True)
    power = (np.abs(np.fft.fft2(found)) ** 2).mean(axis=(0, 1)) / (32 * 36)
    lp_cm = frequencies_lp_cm(SHAPE[1:], SPACING_MM[:2])
    expected = noise_power(kernel, lp_cm)
    expected /= expected.mean()
    # 960 planes: each term is known to 3 or 4.6 per cent.
    np.testing.assert_allclose(power, expected, rtol=0.25)
    assert np.abs(power / expected - 1.0).mean() < 0.04


def test_planes_are_white_unless_slices_are_thick():
    def neighbours(values, apart=1):
        one, other = values[:, :-apart].flatten(), values[:, apart:].flatten()
        return float(torch.corrcoef(torch.stack((one, other)))[0, 1])

    assert abs(neighbours(noise())) < 0.02
    thick = noise(count=300, noise_slice_mm=4.0)[:, :8]
    assert neighbours(thick) > 0.3
    assert abs(neighbours(thick, 5)) < 0.05


def test_noise_changes_no_mean():
    found = noise()
    loudness = found.flatten(1).std(dim=1)
    # Of its kind, a plane's mean is the quietest of its waves.
    assert (found.flatten(1).mean(dim=1).abs() / loudness).max() < 0.03


def test_each_example_has_a_kernel_of_its_own():
    found = noise(noise_kernels=("smooth", "ultra")).numpy()
    found = found / found.std(axis=(1, 2, 3), keepdims=True)
    rough = np.square(np.diff(found, axis=2)).mean(axis=(1, 2, 3))
    kinds = make_draws(40).indices(2).numpy()
    assert rough[kinds == 0].max() < rough[kinds == 1].min()
