"""Places are millimetres from the middle, and discs have their area."""

from __future__ import annotations

import numpy as np
import torch

from ctbone.training.augmentation.fields import axial_places, disc


def test_places_count_from_the_middle():
    places = axial_places(torch.zeros(1, 2, 4, 5), (2.0, 3.0, 9.0))
    np.testing.assert_allclose(places.left_mm[:, 0], [-3.0, -1.0, 1.0, 3.0])
    np.testing.assert_allclose(places.posterior_mm[0], [-6.0, -3.0, 0.0, 3.0, 6.0])
    assert places.pixel_mm == 2.5
    left, posterior = places.from_axis(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0]))
    assert left.shape == (2, 4, 1)
    assert left[0, 2, 0] == posterior[1, 0, 3] == 0.0


def test_a_disc_has_its_area():
    places = axial_places(torch.zeros(1, 1, 40, 44), (0.8, 0.8, 1.0))
    radii = torch.tensor([5.0, 9.3])
    distance = torch.hypot(*places.from_axis(torch.tensor([0.3, -2.0]), torch.tensor([0.9, 1.0])))
    covered = disc(distance, radii, places.pixel_mm)
    area = covered.sum(dim=(1, 2)) * 0.64
    np.testing.assert_allclose(area, np.pi * radii.numpy() ** 2, rtol=0.01)
