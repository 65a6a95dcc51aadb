"""Masks, centre and axes out of the share of each voxel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ctbone.localisation.outlining.parts import arch_mask, axes_of, body_mask
from ctbone.localisation.outlining.solids import centroid_mm
from ctbone.volume import to_patient

SPACING_MM = 1.25
SHAPE = (64, 64, 48)
#: An elliptic cylinder: half its width and depth, and half its height in the middle, millimetres.
WIDE_MM, DEEP_MM, HIGH_MM = 23.3, 16.1, 13.7


def box(axes=None, centre=(1.0, 2.0, 3.0)):
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if axes is None else axes) * SPACING_MM
    affine[:3, 3] = np.asarray(centre) - affine[:3, :3] @ ((np.asarray(SHAPE) - 1) / 2.0)
    return affine


def shares(affine, *, own=None, centre=(1.0, 2.0, 3.0), wedge=0.0):
    """Share of each voxel of a box in a cylinder with axes of its own; wedge: slope of the top."""
    own = np.eye(3) if own is None else own
    fine = affine.copy()
    fine[:3, :3] /= 2.0
    fine[:3, 3] -= fine[:3, :3] @ np.full(3, 0.5)
    indices = np.moveaxis(np.indices([2 * n for n in SHAPE]), 0, -1).reshape(-1, 3)
    left, back, up = ((to_patient(fine, indices.astype(float)) - centre) @ own).T
    inside = (left / WIDE_MM) ** 2 + (back / DEEP_MM) ** 2 < 1.0
    inside &= (up > -HIGH_MM) & (up < HIGH_MM + wedge * back)
    blocks = inside.reshape([n for size in SHAPE for n in (size, 2)])
    return blocks.mean(axis=(1, 3, 5)).astype(np.float32)


def turned(*degrees):
    return Rotation.from_euler("zxy", degrees, degrees=True).as_matrix()


def angle_deg(one, other):
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))


@pytest.mark.parametrize("lean", [turned(0, 0, 0), turned(10, -15, 5)])
def test_volume_and_centre_are_those_of_the_solid(lean):
    body = body_mask(shares(box(lean), own=turned(3, 2, 1)), box(lean))
    assert body.volume_mm3 == pytest.approx(np.pi * WIDE_MM * DEEP_MM * 2 * HIGH_MM, rel=0.006)
    np.testing.assert_allclose(centroid_mm(body), (1.0, 2.0, 3.0), atol=0.05)


def test_a_surface_keeps_its_place_between_voxels():
    heights = []
    for shift in (0.0, 0.3, 0.6, 0.9):
        share = shares(box(), centre=(1.0, 2.0, 3.0 + shift))
        heights.append(centroid_mm(body_mask(share, box()))[2])
    np.testing.assert_allclose(np.diff(heights), 0.3, atol=0.1)


@pytest.mark.parametrize("own", [turned(0, 0, 0), turned(12, 8, -6), turned(-15, -10, 4)])
def test_axes_follow_the_body(own):
    body = body_mask(shares(box(), own=own), box())
    found = axes_of(body, None, np.eye(3))
    np.testing.assert_allclose(found.T @ found, np.eye(3), atol=1e-9)
    assert np.linalg.det(found) == pytest.approx(1.0)
    assert angle_deg(found[:, 2], own[:, 2]) < 1.0
    assert angle_deg(found[:, 0], own[:, 0]) < 2.0


def test_superior_of_a_wedge_lies_between_its_end_plates():
    body = body_mask(shares(box(), wedge=0.2), box())
    superior = axes_of(body, None, np.eye(3))[:, 2]
    assert angle_deg(superior, [0.0, -0.1, 1.0]) < 1.0


def test_a_stray_piece_and_a_hole_do_not_belong_to_the_shape_of_a_body():
    share = shares(box())
    plain = body_mask(share, box()).volume_mm3
    share[30:33, 30:33, 22:26] = 0.0
    share[2:8, 2:8, 2:8] = 1.0
    assert body_mask(share, box()).volume_mm3 == pytest.approx(plain, rel=0.002)


def test_an_arch_keeps_all_its_pieces():
    share = np.zeros(SHAPE, np.float32)
    share[10:20, 50:60, 20:30] = share[44:54, 50:60, 20:30] = 1.0
    assert arch_mask(share, box()).volume_mm3 == pytest.approx(2 * 12.5**3, rel=0.05)


def test_nothing_there_gives_nothing():
    assert body_mask(np.zeros(SHAPE, np.float32), box()) is None
    crumb = np.zeros(SHAPE, np.float32)
    crumb[:8, :8, :8] = 1.0
    assert body_mask(crumb, box()) is None
    assert arch_mask(crumb, box()) is not None


def arch_to_the_left(left_mm):
    """An arch some way to the left, 30 mm behind the centre of the body."""
    behind = np.zeros(SHAPE, np.float32)
    middle = np.rint((np.array(SHAPE) - 1) / 2.0 + np.array([left_mm, 30.0, 0.0]) / SPACING_MM)
    low, high = middle.astype(int) - 8, middle.astype(int) + 8
    behind[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1.0
    return arch_mask(behind, box())


@pytest.mark.parametrize(
    ("left_mm", "degrees"),
    [
        pytest.param(3.0, 0.0, id="a body that mirrors itself is believed within ten degrees"),
        pytest.param(10.0, 18.4, id="an arch that lies clearly elsewhere goes before it"),
        pytest.param(25.0, 0.0, id="no vertebra is turned as far as this"),
    ],
)
def test_posterior_is_where_body_and_arch_say(left_mm, degrees):
    body = body_mask(shares(box()), box())
    axes = axes_of(body, arch_to_the_left(left_mm), np.eye(3))
    assert np.rad2deg(np.arctan2(axes[0, 1], axes[1, 1])) == pytest.approx(degrees, abs=2.0)
    np.testing.assert_allclose(axes[:, 2], [0.0, 0.0, 1.0], atol=0.02)
