"""Patches as another scan might have shown them."""

from __future__ import annotations

import numpy as np

from ctbone.training.variation import Variation, vary_patch

from .test_patients import patch


def test_variation_moves_image_and_mask_together_and_keeps_attenuation():
    original = patch()
    still = vary_patch(
        original, Variation(shift_mm=0.0, noise_hu=0.0, mirror=False), np.random.default_rng(1)
    )
    assert np.array_equal(still.hu, original.hu)
    marked = patch(hu=np.where(original.inside, 200.0, 0.0))
    for seed in range(8):
        varied = vary_patch(marked, Variation(noise_hu=0.0), np.random.default_rng(seed))
        assert np.array_equal(varied.hu == 200.0, varied.inside)
        assert varied.inside.sum() == marked.inside.sum()


def test_noise_changes_no_mean():
    varied = vary_patch(
        patch(), Variation(shift_mm=0.0, noise_hu=30.0, mirror=False), np.random.default_rng(2)
    )
    difference = varied.hu - patch().hu
    assert 1.0 < difference.std() <= 31.0
    assert abs(difference.mean()) < 4.0 * difference.std() / np.sqrt(difference.size)
