"""Small patches and heads, quick to build."""

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.patches import PatchGrid, VertebraPatch

GRID = PatchGrid((24, 20, 16), (2.0, 2.0, 2.0))


@pytest.fixture
def grid():
    return GRID


@pytest.fixture
def make_patch():
    """Make a patch of even attenuation with a body in its middle."""

    def make(hu=120.0, *, level=VertebralLevel.L1, grid=GRID):
        inside = np.zeros(grid.shape, bool)
        inside[tuple(slice(2, n - 2) for n in grid.shape)] = True
        values = np.full(grid.shape, hu, np.float32)
        return VertebraPatch(level, values, inside, np.diag([*grid.spacing_mm, 1.0]))

    return make
