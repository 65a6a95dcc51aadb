"""Bodies are parted from arches, and axes follow the vertebra, however the scan lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.ingest import read_label_map
from ctbone.localisation.outlining.body import (
    spine_tangents,
    split_vertebra,
    vertebra_axes,
)
from ctbone.localisation.outlining.solids import centroid_mm
from ctbone.records import BodyMask
from tests.localisation.spine import dice, make_spine

L1, L2 = VertebralLevel.L1, VertebralLevel.L2


def angle_deg(one, other):
    return np.degrees(np.arccos(np.clip(one @ other, -1.0, 1.0)))


@settings(max_examples=8, deadline=None)
@given(
    degrees=st.tuples(st.floats(-20, 20), st.floats(-12, 12), st.floats(-15, 15)),
    scan=st.tuples(*[st.floats(-10.0, 10.0)] * 3),
)
def test_bodies_are_parted_from_arches_at_any_angle(degrees, scan):
    spine = make_spine(("L1", "L2"), degrees=degrees, scan_degrees=scan)
    for level in (L1, L2):
        mask = BodyMask(spine.vertebrae == level, spine.volume.affine)
        split = split_vertebra(mask, spine.axes[:, 2])
        assert dice(split.body.inside, spine.bodies == level) > 0.9
        assert np.linalg.norm(centroid_mm(split.body) - spine.centres_mm[level]) < 2.5
        backwards = split.arch_mm - centroid_mm(split.body)
        assert (
            angle_deg(vertebra_axes(spine.axes[:, 2], posterior=backwards)[:, 1], spine.axes[:, 1])
            < 6
        )


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 1.0), (0.9, 0.9, 5.0), (3.0, 3.0, 3.0)])
def test_spacing_does_not_matter_much(spacing):
    shape = tuple(int(n / s) for n, s in zip((100.0, 100.0, 70.0), spacing, strict=True))
    spine = make_spine(("L1",), shape=shape, spacing=spacing)
    split = split_vertebra(BodyMask(spine.vertebrae == L1, spine.volume.affine), spine.axes[:, 2])
    assert dice(split.body.inside, spine.bodies == L1) > 0.9


def test_a_body_alone_stays_whole():
    spine = make_spine(("L1",))
    body = BodyMask(spine.bodies == L1, spine.volume.affine)
    split = split_vertebra(body, spine.axes[:, 2])
    assert dice(split.body.inside, body.inside) > 0.97


def test_a_process_alone_has_no_body():
    spine = make_spine(("L1",))
    back = spine.vertebrae.copy()
    back[:, :52] = 0
    assert np.count_nonzero(back) > 100
    assert split_vertebra(BodyMask(back == L1, spine.volume.affine), spine.axes[:, 2]) is None


def test_tangents_follow_an_arc():
    angles = np.radians(np.arange(0.0, 60.0, 12.0))
    circle = [np.array([0.0, 160.0 * np.cos(a), -160.0 * np.sin(a)]) for a in angles]
    for angle, tangent in zip(angles, spine_tangents(circle), strict=True):
        expected = np.array([0.0, np.sin(angle), np.cos(angle)])
        assert angle_deg(tangent, expected) < 2.0


def test_one_or_two_centres_give_a_direction():
    up = np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(spine_tangents([np.zeros(3)]), [up])
    pair = spine_tangents([np.array([0.0, 3.0, 4.0]), np.zeros(3)])
    np.testing.assert_allclose(pair, [[0.0, 0.6, 0.8]] * 2)
    assert spine_tangents([]) == []


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)))
def test_axes_are_right_handed_and_keep_superior(lean):
    superior = np.array([*lean, 1.0])
    superior /= np.linalg.norm(superior)
    axes = vertebra_axes(superior)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    np.testing.assert_allclose(axes[:, 2], superior)
    assert axes[1, 1] > 0.0


@pytest.mark.parametrize("level", ["L1", "L2", "L3", "L4"])
def test_real_vertebrae_are_parted_as_a_network_parts_them(shared_data, level):
    folder = shared_data / "ct" / "totalseg_example" / "labels"
    whole = read_label_map(folder / "totalseg.nii.gz")
    bodies = read_label_map(folder / "totalseg_vertebrae_pp_refined.nii.gz")
    numbers = {value: number for number, value in LABELS["totalsegmentator"].items()}
    masks = [
        BodyMask(whole.labels == numbers[VertebralLevel[name]], whole.affine)
        for name in ("L1", "L2", "L3", "L4", "L5")
    ]
    tangents = spine_tangents([centroid_mm(mask) for mask in masks])
    index = int(level[1]) - 1
    split = split_vertebra(masks[index], tangents[index])
    assert dice(split.body.inside, bodies.labels == VertebralLevel[level]) > 0.92
