from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom.anatomy.outline import (
    HEIGHTS_AT,
    body_distances,
    canal_share,
    filling,
    heights,
    reshaped,
)
from ctbone.phantom.bone import Interior
from ctbone.phantom.shapes import Vertebra

BODY = Vertebra(
    level=L.L1,
    centre_mm=np.zeros(3),
    frame=np.eye(3),
    width_mm=42.0,
    depth_mm=34.0,
    height_mm=25.0,
    waist=0.1,
    concavity_mm=1.5,
    wedge=0.05,
    back_mm=2.0,
    bmd_mg_cm3=120.0,
    gradient=0.0,
    wall_mm=0.4,
    plate_mm=0.4,
    ring_mm=0.5,
    interior=Interior(plates=0.2, front=0.05, hollow=0.2, vein=0.8),
)


def test_tensors_and_arrays_see_the_same_body():
    """One formula for what is sampled and what is painted."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-20.0, 20.0, (3, 500))
    tensors = [torch.as_tensor(axis) for axis in points]
    for ours, theirs in zip(body_distances(BODY, *points), body_distances(BODY, *tensors)):  # noqa: B905
        assert np.allclose(ours, theirs.numpy())
    canal = canal_share(BODY, *points)
    assert np.allclose(canal, canal_share(BODY, *tensors).numpy())
    assert np.allclose(
        filling(BODY, *points, canal), filling(BODY, *tensors, torch.as_tensor(canal)).numpy()
    )


def test_end_plates_are_sunk_and_stand_up_at_the_rim():
    top = [_top(BODY, share) for share in (0.0, 0.6, 0.9)]
    assert top[0] == pytest.approx(12.5 - 1.5, abs=0.02)
    assert top[0] < top[1] < top[2]
    assert top[2] > 12.5


def _top(body, share):
    """Return the height of the upper end plate at a share of the half width."""
    w = np.linspace(0.0, 20.0, 4001)
    u = np.full_like(w, share * 0.5 * body.width_mm)
    _, end = body_distances(body, u, np.zeros_like(w), w)
    return w[np.argmin(np.abs(end))]


def test_the_body_is_narrower_at_half_height_and_hollow_at_its_back():
    def inside(u, v, w):
        return max(float(d) for d in body_distances(BODY, *map(np.float64, (u, v, w)))) < 0.0

    assert inside(20.0, 0.0, 11.0)
    assert not inside(20.0, 0.0, 0.0)
    assert not inside(0.0, 16.0, 11.0)
    assert inside(8.0, 14.8, 11.0)


def test_heights_are_where_the_end_plates_are():
    for at, height in zip(HEIGHTS_AT, heights(BODY), strict=True):
        w = np.linspace(-20.0, 20.0, 8001)
        v = np.full_like(w, at * 0.5 * BODY.depth_mm)
        _, end = body_distances(BODY, np.zeros_like(w), v, w)
        assert np.ptp(w[end <= 0.0]) == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize("wanted", [(18.0, 20.0, 25.0), (23.0, 12.0, 25.0), (14.0, 12.0, 15.0)])
def test_a_body_takes_the_heights_that_it_is_given(wanted):
    assert heights(reshaped(BODY, wanted, upper=0.7)) == pytest.approx(wanted)


def test_a_collapse_may_take_more_of_one_end_plate():
    body = reshaped(BODY, (23.0, 14.0, 25.0), upper=0.75)
    assert body.sunk_mm[0] == pytest.approx(3.0 * body.sunk_mm[1])


def test_a_wide_voxel_sees_all_of_the_vein_that_a_fine_one_does():
    """What the canal takes of a cross-section is the same, however coarse the voxel."""
    v = np.float64(12.0)
    step = 0.25
    u, w = np.meshgrid(np.arange(-60, 60, step), np.arange(-60, 60, step))
    fine, coarse = (
        canal_share(BODY, u, v, w, extent_mm=extent).sum() * step**2
        for extent in ((0.0, 0.0), (4.0, 5.0))
    )
    assert fine == pytest.approx(coarse, rel=0.03)
    at_middle = [
        float(canal_share(BODY, np.float64(0), v, np.float64(0), extent_mm=e))
        for e in ((0.0, 0.0), (4.0, 5.0))
    ]
    assert at_middle[1] < 0.7 * at_middle[0]


def test_bone_is_denser_at_the_plates_and_sparse_at_the_vein():
    def at(u, v, w):
        place = [np.float64(x) for x in (u, v, w)]
        return float(filling(BODY, *place, canal_share(BODY, *place)))

    assert at(0, -4, 10) > at(0, -4, 0)
    assert at(12, 8, 4) > at(0, -4, 0)
    assert at(0, 13, 0) < 0.5 * at(0, 13, 9)
    plain = replace(BODY, interior=Interior(level=0.0))
    assert filling(plain, np.float64(3), np.float64(3), np.float64(3), 0.0) == 1.0
