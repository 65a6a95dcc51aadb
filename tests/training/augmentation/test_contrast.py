"""Bone, muscle and vessels are enhanced together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.training.augmentation.contrast import enhance, perfused

from .conftest import STILL, make_draws

SPACING_MM = (1.0, 1.0, 1.0)
COUNT = 200


@pytest.fixture(scope="module")
def added():
    """What is added to water-like muscle about a box of bone, and where the box is."""
    planes = torch.full((COUNT, 1, 72, 80), 55.0)
    body = torch.zeros_like(planes)
    body[:, :, 14:58, 24:56] = 1.0
    planes[body > 0.0] = 140.0
    planes[:, :, :4] = -100.0
    planes[:, :, 4:6] = 600.0
    config = replace(STILL, contrast_hu=25.0, contrast_share=0.5)
    found = enhance(planes, body, config, SPACING_MM, make_draws(COUNT))
    return (found - planes)[:, 0]


def test_bone_is_enhanced_alike_everywhere_up_to_the_greatest(added):
    bone = added[:, 14:58, 24:56].flatten(1)
    assert bone.std(dim=1).max() < 1e-3
    given = bone.mean(dim=1)
    assert 0.35 < (given > 0.0).float().mean() < 0.65
    assert 23.0 < given.max() <= 25.0
    assert given[given > 0.0].mean() == pytest.approx(12.5, abs=2.0)


def test_the_rest_follows_the_bone_and_the_phase(added):
    given, muscle = added[:, 30, 40], added[:, 66, 70]
    vessels = added[:, :, :22].flatten(1).max(dim=1).values
    shown = given > 1.0
    assert (added[given == 0.0] == 0.0).all()
    share = (muscle / given)[shown]
    assert 0.34 < share.min() < 0.45
    assert 0.9 < share.max() < 1.01
    aorta = (vessels / given)[shown]
    # Brightest in the arterial phase, in which muscle has taken up least.
    assert aorta.min() > 6.4
    assert aorta.max() < 18.01
    assert np.corrcoef(aorta, share)[0, 1] < -0.8


def test_fat_and_bone_about_the_body_take_nothing_up(added):
    assert added[:, :6].abs().max() == 0.0


def test_tissue_with_blood_in_it_is_told_by_attenuation():
    hu = torch.tensor([-100.0, -20.0, -5.0, 10.0, 50.0, 90.0, 105.0, 120.0, 500.0])
    expected = [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    np.testing.assert_allclose(perfused(hu), expected, atol=1e-6)
