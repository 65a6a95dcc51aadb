import numpy as np
import pytest
import torch

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import new_raster
from ctbone.phantom.scanner.reconstruction import ScanConfig
from ctbone.volume import Grid


@pytest.fixture
def palette():
    return Palette(ScanConfig())


@pytest.fixture
def make_raster():
    """Return an empty raster round the origin, tilted if asked."""

    def make(shape=(41, 41, 41), spacing_mm=(2.0, 2.2, 1.8), tilt_deg=0.0, fill=-100.0):
        c, s = np.cos(np.deg2rad(tilt_deg)), np.sin(np.deg2rad(tilt_deg))
        turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
        affine = np.eye(4)
        affine[:3, :3] = turn @ np.diag(spacing_mm)
        affine[:3, 3] = -affine[:3, :3] @ (0.5 * (np.array(shape) - 1))
        raster = new_raster(Grid(shape, affine), device=torch.device("cpu"))
        raster.hu.fill_(fill)
        return raster

    return make


@pytest.fixture
def filled():
    """Return the volume that has turned from one value to another, mm3."""

    def volume(raster, before, after):
        voxel = abs(np.linalg.det(raster.affine[:3, :3]))
        return float(((raster.hu - before) / (after - before)).sum()) * voxel

    return volume
