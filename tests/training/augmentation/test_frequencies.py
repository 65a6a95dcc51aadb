"""Kernels on a plane are the kernels of the scanner."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.phantom.scanner.kernels import KERNELS, noise_power
from ctbone.training.augmentation.frequencies import (
    frequencies_lp_cm,
    kernel_ratios,
    noise_gains,
)

SHAPE, SPACING_MM = (24, 30), (0.8, 1.25)


def test_frequencies_are_in_line_pairs_a_centimetre():
    lp_cm = frequencies_lp_cm(SHAPE, SPACING_MM)
    # The finest waves have a pair of voxels each.
    assert lp_cm[12, 0] == pytest.approx(10.0 / 1.6)
    assert lp_cm[0, 15] == pytest.approx(10.0 / 2.5)
    assert lp_cm[3, 5] == pytest.approx(np.hypot(3 / 1.92, 5 / 3.75))


def test_noise_gains_follow_the_power_and_keep_the_variance():
    gains = noise_gains(("smooth", "sharp"), SHAPE, SPACING_MM)
    assert gains.shape == (2, 24, 16)
    lp_cm = frequencies_lp_cm(SHAPE, SPACING_MM)
    for gain, kernel in zip(gains, ("smooth", "sharp"), strict=True):
        expected = noise_power(kernel, lp_cm[:, :16])
        np.testing.assert_allclose(gain**2 / gain[3, 3] ** 2, expected / expected[3, 3], rtol=1e-4)
        # Every wave but those that are their own mirror stands for two.
        twice = np.full(16, 2.0)
        twice[[0, 15]] = 1.0
        assert (gain**2 * twice).sum() / (24 * 30) == pytest.approx(1.0, rel=1e-5)


def test_ratios_are_those_of_transfer_functions():
    smooth, sharp = np.exp(kernel_ratios(SHAPE, SPACING_MM))
    lp_cm = frequencies_lp_cm(SHAPE, SPACING_MM)[:, :16]
    standard = KERNELS["standard"].mtf(lp_cm)
    np.testing.assert_allclose(smooth, KERNELS["smooth"].mtf(lp_cm) / standard, rtol=1e-4)
    np.testing.assert_allclose(sharp, KERNELS["sharp"].mtf(lp_cm) / standard, rtol=1e-4)
    assert smooth[0, 0] == sharp[0, 0] == 1.0


def test_the_finest_planes_have_finite_ratios():
    assert np.isfinite(kernel_ratios((64, 64), (0.1, 0.1))).all()
