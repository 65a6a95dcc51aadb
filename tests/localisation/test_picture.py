"""Pictures are drawn for every outcome, are light, and show what they are given."""

import numpy as np
import pytest
from PIL import Image

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import MaskEntry, locate_labels, picture
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume
from tests.localisation.spine import make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")
L1 = VertebralLevel.L1


@pytest.fixture(scope="module")
def spine():
    return make_spine(degrees=(10.0, 4.0, 0.0))


@pytest.fixture(scope="module")
def located(spine):
    return locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def coloured(values):
    """Count pixels that are not grey: outlines and names."""
    return int(np.count_nonzero(np.ptp(values, axis=-1) > 60))


def test_bodies_are_outlined_and_the_file_is_light(tmp_path, spine, located):
    estimates = [BmdEstimate(level=L1, trabecular_hu=139.2, bmd_mg_cm3=111.0, sd_mg_cm3=6.0)]
    picture(spine.volume, located, estimates, tmp_path / "new" / "a.png")
    assert (tmp_path / "new" / "a.png").stat().st_size < 300_000
    assert coloured(pixels(tmp_path / "new" / "a.png")) > 1000


def test_without_vertebrae_the_middle_and_the_reason_are_shown(tmp_path, spine):
    picture(spine.volume, (), (), tmp_path / "plain.png")
    picture(spine.volume, (), (), tmp_path / "note.png", note="spine_not_found: none seen")
    plain, note = pixels(tmp_path / "plain.png"), pixels(tmp_path / "note.png")
    assert coloured(plain) == 0
    assert note[-30:].max() > 200
    assert plain[-30:].max() < 50


def test_a_centre_without_a_body_is_marked(tmp_path, spine):
    centre = tuple(spine.centres_mm[L1].tolist())
    bare = VertebraLocalisation(L1, centre, spine.axes, 0.9, None, is_whole=True)
    picture(spine.volume, [bare], (), tmp_path / "bare.png")
    assert coloured(pixels(tmp_path / "bare.png")) > 50


def test_the_axial_plane_is_that_of_the_measured_level(tmp_path, spine, located):
    for level in ("L1", "L3"):
        estimate = BmdEstimate(level=VertebralLevel[level], trabecular_hu=100.0)
        picture(spine.volume, located, [estimate], tmp_path / f"{level}.png")
    first, third = pixels(tmp_path / "L1.png"), pixels(tmp_path / "L3.png")
    half = 2 * first.shape[1] // 3
    assert np.abs(first[:, half + 20 :] - third[:, half + 20 :]).max() > 50


def test_a_sagittal_scan_is_drawn_upright_too(tmp_path, spine, located):
    order = [2, 0, 1]
    turned = CTVolume(
        np.ascontiguousarray(spine.volume.hu.transpose(order)),
        spine.volume.affine[:, [*order, 3]],
        "1.2.3",
    )
    picture(spine.volume, located, (), tmp_path / "axial.png")
    picture(turned, located, (), tmp_path / "turned.png")
    difference = np.abs(pixels(tmp_path / "axial.png") - pixels(tmp_path / "turned.png"))
    assert np.mean(difference > 16) < 0.01
