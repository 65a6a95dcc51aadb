"""Patches of one vertebral body of known size and attenuation."""

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.patches import VertebraPatch


@pytest.fixture
def make_patch():
    """Make a body with an elliptic section, a bright shell and an even core."""
    return _patch


def _patch(
    *,
    core_hu=130.0,
    shell_hu=600.0,
    radii_mm=(22.0, 16.0),
    height_mm=26.0,
    spacing_mm=(0.9, 1.0, 1.2),
    shape=(64, 60, 40),
    masked=True,
    noise_hu=0.0,
):
    steps = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing_mm, strict=True)]
    left, posterior, superior = np.meshgrid(*steps, indexing="ij")

    def shrunk(by):
        section = (left / (radii_mm[0] - by)) ** 2 + (posterior / (radii_mm[1] - by)) ** 2 <= 1.0
        return section & (np.abs(superior) <= height_mm / 2 - by)

    hu = np.where(shrunk(0.0), shell_hu, 30.0)
    hu = np.where(shrunk(2.0), core_hu, hu)
    hu = hu + np.random.default_rng(1).normal(0.0, noise_hu, shape) if noise_hu else hu
    inside = shrunk(0.0) if masked else np.zeros(shape, bool)
    affine = np.diag([*spacing_mm, 1.0])
    return VertebraPatch(VertebralLevel.L1, hu.astype(np.float32), inside, affine)
