"""A wave is passed by the ratio of two transfer functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.kernels import KERNELS
from ctbone.training.augmentation.sharpness import change_kernel, kernel_gain

from .conftest import STILL, make_draws

SPACING_MM = (0.9, 1.1)
SHAPE = (32, 36)


def ratio(kernel, lp_cm):
    return KERNELS[kernel].mtf(lp_cm) / KERNELS["standard"].mtf(lp_cm)


@pytest.mark.parametrize(
    ("strength", "kernel"), [(-1.0, "smooth"), (1.0, "sharp"), (0.5, "sharp")]
)
def test_gains_are_powers_of_ratios_up_to_the_limit(strength, kernel):
    gain = kernel_gain(torch.tensor([strength]), SHAPE, SPACING_MM, limit=1.5)[0].numpy()
    across = np.fft.fftfreq(32, 0.09)[:, None]
    lp_cm = np.hypot(across, np.fft.rfftfreq(36, 0.11))
    expected = np.minimum(ratio(kernel, lp_cm) ** abs(strength), 1.5)
    np.testing.assert_allclose(gain, expected, rtol=1e-4)
    assert gain[0, 0] == 1.0


@pytest.mark.parametrize("waves", [2, 5, 9])
def test_a_wave_in_a_plane_is_passed_as_its_frequency_is(waves):
    high, period = 64, 64 / waves
    phase = 2.0 * np.pi * np.arange(high) / period
    planes = torch.from_numpy(np.cos(phase)).float().reshape(1, 1, high, 1)
    planes = planes.expand(6, 2, high, 24)
    found = change_kernel(planes, replace(STILL, sharpness=0.6), SPACING_MM, make_draws(6))
    strengths = make_draws(6).uniform(-0.6, 0.6).tolist()
    lp_cm = 10.0 / (period * SPACING_MM[0])
    # Away from the edges, where the wave breaks off; over whole periods it keeps its shape.
    middle = slice(16, 48)
    for one, strength in zip(found, strengths, strict=True):
        kernel = "sharp" if strength > 0.0 else "smooth"
        expected = min(float(ratio(kernel, lp_cm)) ** abs(strength), 2.0)
        wave = np.cos(phase)[middle]
        amplitude = float((one[1, middle, 12].numpy() * wave).sum() / (wave**2).sum())
        assert amplitude == pytest.approx(expected, rel=0.03)


def test_flat_planes_stay_and_opposite_edges_do_not_meet():
    flat = torch.full((4, 2, *SHAPE), 57.0)
    config = replace(STILL, sharpness=1.0)
    found = change_kernel(flat, config, SPACING_MM, make_draws(4))
    torch.testing.assert_close(found, flat, rtol=0.0, atol=1e-3)
    step = flat.clone()
    step[:, :, :, 18:] = -1000.0
    found = change_kernel(step, config, SPACING_MM, make_draws(4))
    assert (found[:, :, :, 0] - 57.0).abs().max() < 6.0
    assert (found[:, :, :, 18] + 1000.0).abs().max() > 20.0


def test_what_is_sharpened_is_noisier_and_what_is_softened_quieter():
    planes = torch.randn(30, 4, *SHAPE, generator=torch.Generator().manual_seed(1))
    found = change_kernel(planes, replace(STILL, sharpness=0.8), SPACING_MM, make_draws(30))
    strengths = make_draws(30).uniform(-0.8, 0.8)
    louder = found.flatten(1).std(dim=1) > planes.flatten(1).std(dim=1)
    assert torch.equal(louder, strengths > 0.0)
