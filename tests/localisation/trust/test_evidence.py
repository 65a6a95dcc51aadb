"""Volumes and attenuations of what is put into a body are found as they were put there."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.localisation.trust import TRUST
from ctbone.localisation.trust.evidence import Evidence, gather_evidence
from ctbone.records import BodyMask
from ctbone.volume import CTVolume
from tests.localisation.spine import BODY_MM, CORE_HU, SHELL_HU

L1 = 1


def ball_mm3(radius_mm):
    return 4.0 / 3.0 * np.pi * radius_mm**3


def test_a_healthy_body_has_its_size_its_median_and_nothing_else(spine, located):
    found = gather_evidence(spine.volume, located[L1], config=TRUST)
    assert found.size_mm == pytest.approx([2.0 * half for half in BODY_MM], abs=3.0)
    assert found.volume_mm3 == pytest.approx(2.0 * np.pi * np.prod(BODY_MM), rel=0.05)
    assert found.median_hu == pytest.approx(CORE_HU, abs=2.0)
    assert 60.0 < found.wall_hu < SHELL_HU - CORE_HU
    assert found.trabecular.mean_hu == pytest.approx(CORE_HU, abs=2.0)
    nothing = (found.metal_beside_mm3, found.gas_mm3, found.padding, found.hole_mm3)
    assert (*nothing, found.dense_mm3, found.refusal) == (0.0, 0.0, 0.0, 0.0, 0.0, "")
    assert abs(found.plate_hu) < 8.0


def test_metal_is_measured_inside_and_beside(with_ball, located):
    inside = gather_evidence(with_ball(5.0, 3000), located[L1], config=TRUST)
    assert inside.metal_inside_mm3 == pytest.approx(ball_mm3(5.0), rel=0.3)
    assert inside.trabecular is None
    assert "metal or cement" in inside.refusal
    # Its near half lies within 6 mm of the wall.
    beside = with_ball(5.0, 3000, offset_mm=(BODY_MM[0] + 6.0, 0.0, 0.0))
    found = gather_evidence(beside, located[L1], config=TRUST)
    assert found.metal_inside_mm3 == 0.0
    assert 0.2 * ball_mm3(5.0) < found.metal_beside_mm3 < 0.8 * ball_mm3(5.0)


def test_beside_means_as_near_in_every_direction(with_ball, located):
    """Off a corner of the section, where its wall runs askew to the voxels."""
    width, depth, _ = BODY_MM
    slope = np.hypot(width, depth) / np.sqrt(2.0)
    wall = np.array([width**2, -(depth**2), 0.0]) / (np.sqrt(2.0) * slope)
    outwards = np.array([1.0, -1.0, 0.0]) / np.sqrt(2.0)

    def metal(gap_mm):
        """A ball of 6 mm that begins so far from the wall."""
        volume = with_ball(6.0, 3000, offset_mm=tuple(wall + (gap_mm + 6.0) * outwards))
        return gather_evidence(volume, located[L1], config=TRUST).metal_beside_mm3

    # What a cap of 1.4 mm holds.
    assert metal(4.6) == pytest.approx(np.pi * 1.4**2 * (6.0 - 1.4 / 3.0), rel=0.7)
    assert metal(7.5) == 0.0


def test_foci_are_measured_with_their_sign(with_ball, located):
    hole = gather_evidence(with_ball(6.0, 0), located[L1], config=TRUST)
    dense = gather_evidence(with_ball(6.0, 500), located[L1], config=TRUST)
    assert hole.hole_mm3 == pytest.approx(ball_mm3(6.0), rel=0.4)
    # Blurred by the scan and by the smoothing, a ball 360 HU denser is 40 HU denser further out.
    assert ball_mm3(6.0) < dense.dense_mm3 < ball_mm3(8.0)
    assert (hole.dense_mm3, dense.hole_mm3) == (0.0, 0.0)


def test_a_dense_band_below_an_end_plate_is_seen_there(with_ball, located):
    band = with_ball(14.0, 340, offset_mm=(0.0, 0.0, BODY_MM[2] - 5.0), squash=0.3)
    found = gather_evidence(band, located[L1], config=TRUST)
    assert found.plate_hu > 60.0


def test_gas_and_padding_are_told_apart(spine, with_ball, located):
    gas = gather_evidence(with_ball(5.0, -900), located[L1], config=TRUST)
    assert gas.gas_mm3 == pytest.approx(ball_mm3(5.0), rel=0.3)
    assert gas.padding == 0.0
    values = spine.volume.hu.copy()
    # 4 mm of its front, and all before them.
    values[:, :17] = -1024
    padded = CTVolume(values, spine.volume.affine, "1.2.3")
    outside = gather_evidence(padded, located[L1], config=TRUST)
    assert outside.padding > 0.1


def test_without_a_body_only_what_is_measured_is_known(spine, located):
    found = gather_evidence(spine.volume, replace(located[L1], body=None), config=TRUST)
    assert found.trabecular.mean_hu == pytest.approx(CORE_HU, abs=2.0)
    assert replace(found, trabecular=None) == Evidence()


def test_a_body_of_which_nothing_is_left_on_the_patch_is_not_taken_for_none(spine, located):
    away = np.eye(4)
    away[:3, 3] = np.asarray(located[L1].centroid_mm) + 500.0
    body = BodyMask(np.ones((2, 2, 2), dtype=bool), away)
    found = gather_evidence(spine.volume, replace(located[L1], body=body), config=TRUST)
    assert (found.size_mm, found.volume_mm3, found.trabecular) == ((0.0, 0.0, 0.0), 0.0, None)
    assert "found none of it" in found.refusal
