"""What the outliner sees of a vertebra."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ctbone.localisation.outlining.crops import crop_grid, to_outliner_input
from ctbone.networks import OutlinerConfig
from ctbone.volume import to_patient

CONFIG = OutlinerConfig(shape=(16, 24, 8), spacing_mm=2.0, behind_mm=5.0)


def test_the_middle_lies_behind_the_centre_along_the_own_axes():
    axes = Rotation.from_euler("xyz", (10.0, -20.0, 30.0), degrees=True).as_matrix()
    centre = np.array([3.0, -4.0, 100.0])
    grid = crop_grid(centre, axes, config=CONFIG)
    assert grid.shape == CONFIG.shape
    assert grid.spacing_mm == pytest.approx((2.0, 2.0, 2.0))
    middle = to_patient(grid.affine, np.array([[7.5, 11.5, 3.5]]))[0]
    np.testing.assert_allclose(middle, centre + 5.0 * axes[:, 1], atol=1e-9)


def test_each_window_maps_its_ends_to_zero_and_one():
    hu = np.array([-2000.0, -160.0, 240.0, 550.0, 1300.0, 3000.0], np.float32).reshape(6, 1, 1)
    soft, bone = to_outliner_input(hu, config=CONFIG)[:, :, 0, 0]
    np.testing.assert_allclose(soft, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(bone[[0, 3, 4, 5]], [0.0, 0.5, 1.0, 1.0])
