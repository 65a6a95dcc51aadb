"""The batched distances against a plain implementation, and what is painted from them."""

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import ScanConfig
from ctbone.phantom.anatomy.material import QUAD, BoneMaterial
from ctbone.phantom.painting.fields import nearest
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import new_raster
from ctbone.phantom.painting.solids import paint_tubes
from ctbone.volume import Grid, to_patient
from tests.phantom.anatomy.distances import distance

BONE = BoneMaterial(0.0, 1.0)


def _grid(shape=(40, 36, 44), tilt=0.0, spacing=(1.1, 0.9, 1.3)):
    c, s = np.cos(tilt), np.sin(tilt)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag(spacing)
    affine[:3, 3] = -affine[:3, :3] @ (0.5 * (np.array(shape) - 1))
    return Grid(shape, affine)


def _raster(grid):
    return new_raster(grid, device=torch.device("cpu"))


def _shapes():
    rng = np.random.default_rng(5)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    shapes = [
        BONE.tube(rng.uniform(-14, 14, (4, 3)), rng.uniform(1.5, 4.0, 4), level=L(8 + n),
                  stretch=(1.0, 0.7, 1.9), frame=turn)
        for n in range(5)
    ]  # fmt: skip
    plates = [BONE.sheet(rng.uniform(-14, 14, (4, 3)), rng.uniform(1.0, 3.0, 4), QUAD, level=L(n))
              for n in (20, 21, 22)]  # fmt: skip
    return [*shapes, *plates]


def _positions(grid, box):
    k, j, i = (np.arange(part.start, part.stop) for part in box)
    index = np.stack(np.meshgrid(i, j, k, indexing="ij"), axis=-1)
    return to_patient(grid.affine, index.reshape(-1, 3).astype(float)), index.shape[:3]


@pytest.mark.parametrize("tilt", [0.0, 0.4])
def test_distances_are_those_of_each_shape_by_itself(tilt):
    """Wherever a surface is within half a voxel; beyond that, only that it is far."""
    grid, shapes = _grid(tilt=tilt), _shapes()
    field = nearest(_raster(grid), shapes)
    points, shape = _positions(grid, field.box)
    expected = distance(points, shapes).reshape(shape).transpose(2, 1, 0)
    found = field.distance_mm.numpy()
    near = expected < 0.4
    assert near.sum() > 1000
    assert np.abs(found - expected)[near].max() < 2e-3
    assert np.all(found[~near] >= 0.39)


def test_shapes_asked_alone_or_together_lie_equally_far(monkeypatch):
    """Large shapes take a way of their own, and chunks may end anywhere."""
    grid, shapes = _grid(), _shapes()
    plain = nearest(_raster(grid), shapes)
    for name, value in (("_LARGE_VOXELS", 10), ("_CHUNK_VOXELS", 500)):
        monkeypatch.setattr(f"ctbone.phantom.painting.fields.{name}", value)
        other = nearest(_raster(grid), shapes)
        near = plain.distance_mm < 0.5
        assert other.box == plain.box
        assert (other.distance_mm - plain.distance_mm)[near].abs().max() < 1e-3
        assert (other.levels == plain.levels).float().mean() > 0.999


def test_labels_are_of_the_shape_that_a_voxel_lies_in():
    grid = _grid()
    pair = [BONE.tube([[-9.0, 0, 0], [-9, 0, 1]], 5.0, level=L.T12),
            BONE.tube([[9.0, 0, 0], [9, 0, 1]], 5.0, level=L.L1)]  # fmt: skip
    raster = _raster(grid)
    paint_tubes(raster, pair, Palette(ScanConfig()), label="spine")
    labels = raster.labels["spine"].numpy()
    assert set(np.unique(labels)) == {0, L.T12, L.L1}
    for level, x in ((L.T12, -9.0), (L.L1, 9.0)):
        middle = to_patient(grid.affine, np.argwhere(labels == level)[:, ::-1].mean(0)[None])[0]
        assert middle[0] == pytest.approx(x, abs=0.3)
    volume = (labels > 0).sum() * 1.1 * 0.9 * 1.3
    assert volume == pytest.approx(2 * (4 / 3 * np.pi * 125 + 25 * np.pi), rel=0.03)


def test_what_lies_beside_the_raster_is_left_out():
    assert nearest(_raster(_grid()), [BONE.tube([[300.0, 0, 0], [310, 0, 0]], 4.0)]) is None
    raster = _raster(_grid())
    paint_tubes(raster, [], Palette(ScanConfig()))
    assert bool((raster.hu == -1000.0).all())


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (1.0, 1.0, 2.0)])
def test_walls_keep_their_thickness_however_flat_the_bone(stretch):
    """The area of the wall's cut is that of a wall of 1 mm all round, within a tenth."""
    grid = _grid((60, 60, 60), spacing=(0.5, 0.5, 0.5))
    raster = _raster(grid)
    tube = BONE.tube([[0.0, -40.0, 0.0], [0.0, 40.0, 0.0]], 5.0, stretch=stretch)
    palette = Palette(ScanConfig(noise_hu=0.0))
    inside = palette.soft(tube.tissue, 0.0)
    raster.hu.fill_(inside)
    paint_tubes(raster, [tube], palette)
    hu = raster.hu[:, 30, :].numpy()
    walls = (hu - inside).clip(min=0.0).sum() * 0.25 / (palette.cortex - inside)
    a, b = 5.0 * stretch[0], 5.0 * stretch[2]
    ellipse = np.pi * a * b - np.pi * (a - 1.0) * (b - 1.0)
    assert walls == pytest.approx(ellipse, rel=0.1)


def test_a_plate_is_as_thick_as_its_corners_say():
    grid = _grid((60, 60, 60), spacing=(0.5, 0.5, 0.5))
    corners = [[-30.0, -30, 0], [30, -30, 0], [30, 30, 0], [-30, 30, 0]]
    plate = BoneMaterial(0.0, 0.0).sheet(corners, [1.5, 1.5, 4.5, 4.5], QUAD)
    field = nearest(_raster(grid), [plate])
    thick = (field.distance_mm < 0.0).sum(0).float() * 0.5
    assert thick[30, 30].item() == pytest.approx(6.0, abs=0.6)
    assert (thick[50, 30] - thick[10, 30]).item() == pytest.approx(2.0, abs=0.6)
