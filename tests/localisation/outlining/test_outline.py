"""One body out of a coarse map."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.localisation.outlining.outline import vertebra_body
from ctbone.volume import Grid

HALF_MM = np.array([24.0, 17.0, 14.0])
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
CENTRES = np.array([[60.0, 60.0, 100.0 - 36.0 * n] for n in range(3)])


def share(*, turn_deg=0.0, centres=CENTRES):
    """Elliptic cylinders at 4 mm, each voxel holding the share of it that is inside."""
    fine = np.moveaxis(np.indices((124, 124, 132)), 0, -1) - 1.5
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    inside = np.zeros(fine.shape[:3], dtype=bool)
    for centre in centres:
        x, y, z = np.moveaxis(fine - centre, -1, 0)
        across, along = c * x + s * y, c * y - s * x
        inside |= ((across / 24.0) ** 2 + (along / 17.0) ** 2 < 1.0) & (np.abs(z) < 14.0)
    return inside.reshape(31, 4, 31, 4, 33, 4).mean(axis=(1, 3, 5)).astype(np.float32)


def outline(shares, number=1):
    return vertebra_body(shares, AFFINE, centres=CENTRES, number=number, axes=np.eye(3))


def test_volume_and_centre_of_a_cylinder():
    body = outline(share())
    assert body.mask.volume_mm3 == pytest.approx(np.pi * 24.0 * 17.0 * 28.0, rel=0.06)
    np.testing.assert_allclose(body.centre_mm, CENTRES[1], atol=0.5)


@pytest.mark.parametrize("turn_deg", [-20.0, 0.0, 12.0])
def test_axes_turn_with_the_body(turn_deg):
    left = outline(share(turn_deg=turn_deg)).axes[:, 0]
    assert np.rad2deg(np.arctan2(left[1], left[0])) == pytest.approx(turn_deg, abs=3.0)


def test_neighbours_that_touch_are_parted():
    shares = share()
    shares[10:20, 11:19] = np.maximum(shares[10:20, 11:19], 0.6)
    heights = np.argwhere(outline(shares).mask.inside)[:, 2]
    assert np.ptp(heights) * 1.25 <= 37.0


def test_nothing_there_gives_no_body():
    assert outline(np.zeros((31, 31, 33), np.float32)) is None


def test_a_body_at_the_edge_of_the_field_does_not_lie_in_it():
    body = outline(share())
    affine = np.diag([1.0, 1.0, 3.0, 1.0])
    assert body.lies_in(Grid((120, 120, 44), affine))
    assert not body.lies_in(Grid((120, 120, 27), affine))
    affine[2, 3] = 51.0
    assert not body.lies_in(Grid((120, 120, 27), affine))
