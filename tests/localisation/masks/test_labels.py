"""Located bodies come back as labels on the grid of the CT."""

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import measure
from ctbone.localisation import MaskEntry, locate_labels
from ctbone.localisation.masks.labels import label_map, trabecular_map
from ctbone.patches import PatchGrid, extract
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import Grid
from tests.localisation.spine import CORE_HU, dice, make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")


def test_bodies_on_the_grid_of_the_ct_come_back_unchanged():
    spine = make_spine(scan_degrees=(3.0, 8.0, -4.0))
    found = locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)
    np.testing.assert_array_equal(label_map(spine.volume.grid, found), spine.bodies)


def test_bodies_on_another_grid_are_interpolated():
    spine = make_spine(degrees=(10.0, 0.0, 0.0))
    found = locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)
    half = np.diag([0.5, 0.5, 0.5, 1.0])
    half[:3, 3] = 0.25
    shape = tuple(2 * n - 2 for n in spine.bodies.shape)
    fine = label_map(Grid(shape, spine.volume.affine @ half), found)
    for level in spine.centres_mm:
        assert dice(fine[::2, ::2, ::2] == level, spine.bodies[:-1, :-1, :-1] == level) > 0.93
        assert np.count_nonzero(fine == level) == pytest.approx(
            8 * np.count_nonzero(spine.bodies == level), rel=0.06
        )


def test_a_centre_without_a_body_and_a_body_elsewhere_leave_no_label():
    grid = Grid((8, 8, 8), np.eye(4))
    far = np.eye(4)
    far[:3, 3] = 100.0
    for body in (None, BodyMask(np.ones((2, 2, 2), np.bool_), far)):
        vertebra = VertebraLocalisation(
            VertebralLevel.L1, (4.0, 4.0, 4.0), np.eye(3), 1.0, body, is_whole=True
        )
        assert not label_map(grid, [vertebra]).any()


def test_what_is_measured_lies_in_the_body_and_holds_its_trabecular_bone():
    spine = make_spine(degrees=(8.0, 0.0, 5.0), scan_degrees=(3.0, 8.0, -4.0))
    found = locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)
    labels = trabecular_map(spine.volume, found)
    for vertebra in found:
        region = labels == vertebra.level
        assert region.any() == vertebra.is_whole
        assert np.all(spine.bodies[region] == vertebra.level)
    l2 = next(v for v in found if v.level is VertebralLevel.L2)
    measured = measure(extract(spine.volume, l2, grid=PatchGrid()))
    voxel_mm3 = abs(np.linalg.det(spine.volume.affine[:3, :3]))
    count = np.count_nonzero(labels == VertebralLevel.L2)
    assert count * voxel_mm3 == pytest.approx(measured.volume_mm3, rel=0.15)
    assert spine.volume.hu[labels == VertebralLevel.L2].mean() == pytest.approx(CORE_HU, abs=1.0)
