"""What is measured is the attenuation of the core, or a named refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import measure
from ctbone.errors import NotEvaluable
from ctbone.patches import PatchGrid, VertebraPatch, extract
from ctbone.records import BodyMask, Flag, VertebraLocalisation
from ctbone.volume import CTVolume, to_patient


@pytest.mark.parametrize("masked", [True, False])
def test_an_even_core_is_measured_exactly(make_patch, masked):
    found = measure(make_patch(core_hu=87.5, masked=masked))
    assert found.mean_hu == pytest.approx(87.5)
    assert found.median_hu == pytest.approx(87.5)
    assert (found.sd_hu, found.p10_hu, found.p90_hu) == pytest.approx((0.0, 87.5, 87.5))
    assert found.volume_mm3 == pytest.approx(found.voxels * 0.9 * 1.0 * 1.2)


def test_noise_shows_in_the_spread_and_not_in_the_mean(make_patch):
    found = measure(make_patch(core_hu=120.0, noise_hu=30.0))
    assert found.mean_hu == pytest.approx(120.0, abs=3.0)
    assert found.sd_hu == pytest.approx(30.0, rel=0.1)
    assert found.p90_hu - found.p10_hu == pytest.approx(2 * 1.2816 * 30.0, rel=0.1)


@settings(max_examples=8, deadline=None)
@given(
    core=st.floats(20.0, 300.0),
    degrees=st.tuples(*[st.floats(-20.0, 20.0)] * 3),
    lie=st.tuples(*[st.floats(-15.0, 15.0)] * 3),
)
def test_a_cylinder_in_an_oblique_anisotropic_ct_is_measured_right(core, degrees, lie):
    shape, spacing = (80, 72, 36), (0.8, 0.9, 2.0)
    turn = Rotation.from_euler("xyz", lie, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = turn * np.asarray(spacing)
    centre = np.array([-4.0, 21.0, -333.0])
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    axes = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    indices = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    own = (to_patient(affine, indices.reshape(-1, 3).astype(float)) - centre) @ axes
    own = own.reshape(*shape, 3)

    def cylinder(by):
        section = (own[..., 0] / (23 - by)) ** 2 + (own[..., 1] / (17 - by)) ** 2 <= 1.0
        return section & (np.abs(own[..., 2]) <= 14.0 - by)

    hu = np.where(cylinder(2.0), core, np.where(cylinder(0.0), 500.0, 40.0))
    volume = CTVolume(hu.astype(np.float32), affine, "1.2")
    body = BodyMask(cylinder(0.0), affine)
    place = tuple(float(c) for c in centre)
    vertebra = VertebraLocalisation(VertebralLevel.L2, place, axes, 1.0, body, is_whole=True)
    found = measure(extract(volume, vertebra, grid=PatchGrid()))
    assert found.mean_hu == pytest.approx(core, abs=1.0)


def test_a_focus_is_flagged(make_patch):
    patch = make_patch()
    hu = patch.hu.copy()
    middle = tuple(n // 2 for n in hu.shape)
    hu[middle[0] - 4 : middle[0] + 4, middle[1] - 6 : middle[1] + 2] = 700.0
    found = measure(VertebraPatch(patch.level, hu, patch.inside, patch.affine))
    assert Flag.UNEVEN_REGION in found.flags
    assert Flag.UNEVEN_REGION not in measure(patch).flags


@pytest.mark.parametrize(
    ("value", "message"),
    [(2500.0, "L1: expected bone below 1500 HU, found 2500: metal"), (-1000.0, "gas, or outside")],
)
def test_metal_and_air_are_refused(make_patch, value, message):
    patch = make_patch()
    hu = patch.hu.copy()
    # In front of the middle: behind it runs the vein, which is not measured.
    hu[hu.shape[0] // 2, hu.shape[1] // 2 - 4, hu.shape[2] // 2] = value
    with pytest.raises(NotEvaluable, match=message):
        measure(VertebraPatch(patch.level, hu, patch.inside, patch.affine))


def test_a_body_too_small_to_measure_is_refused(make_patch):
    with pytest.raises(NotEvaluable, match="L1: expected at least 100 mm3 of trabecular bone"):
        measure(make_patch(radii_mm=(5.0, 4.0), height_mm=8.0))
