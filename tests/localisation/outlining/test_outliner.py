"""Vertebrae outlined in their own frames, by a network that knows what bone looks like."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from ctbone.errors import WeightsMismatch
from ctbone.localisation.outlining.outliner import VertebraOutliner, map_parts, read_outliner
from ctbone.networks import OutlinerConfig, build_outliner, save_weights
from ctbone.networks.blocks import fold
from ctbone.runs import to_plain
from ctbone.volume import CTVolume

CONFIG = OutlinerConfig()
#: Elliptic cylinders: half width and depth, and half height, millimetres.
HALF_MM, HIGH_MM = (22.0, 16.0), 12.5
CENTRES_MM = np.array([[60.0, 45.0, 104.0 - 34.0 * n] for n in range(3)])
BODY_MM3 = np.pi * HALF_MM[0] * HALF_MM[1] * 2.0 * HIGH_MM


class Bright(torch.nn.Module):
    """Calls bone bright: in the middle of the crop a body, behind it an arch."""

    def __init__(self):
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.batches = []

    def forward(self, inputs):
        self.batches.append(len(inputs))
        bone = 60.0 * (inputs[:, 1] - 0.2333)
        places = [torch.arange(n) - (n - 1) / 2.0 for n in inputs.shape[2:]]
        _, back, up = torch.meshgrid(*places, indexing="ij")
        near = up.abs() * CONFIG.spacing_mm < 17.0
        front = back * CONFIG.spacing_mm + CONFIG.behind_mm < 20.0
        nothing = torch.full_like(bone, -30.0)
        own = torch.where(near & front, bone, nothing)
        arch = torch.where(near & ~front, bone, nothing)
        return fold(torch.stack((own, arch, nothing), dim=1))


def volume(*, spacing=(1.0, 1.0, 1.0), size_mm=(120.0, 120.0, 140.0), turn=None):
    shape = [round(size / step) for size, step in zip(size_mm, spacing, strict=True)]
    affine = np.diag([*spacing, 1.0])
    positions = np.moveaxis(np.indices(shape), 0, -1) * np.array(spacing)
    inside = np.zeros(shape, dtype=bool)
    for centre in CENTRES_MM:
        own = (positions - centre) @ (np.eye(3) if turn is None else turn)
        round_ = (own[..., 0] / HALF_MM[0]) ** 2 + (own[..., 1] / HALF_MM[1]) ** 2 < 1.0
        inside |= round_ & (np.abs(own[..., 2]) < HIGH_MM)
        inside |= (np.abs(own - (0.0, 32.0, 0.0)) < (12.5, 5.5, 9.5)).all(axis=-1)
    hu = np.where(inside, 300, 0).astype(np.int16)
    return CTVolume(hu=hu, affine=affine, series_uid="")


def outline(ct, centres=CENTRES_MM, numbers=(1,), network=None):
    return VertebraOutliner(network or Bright(), CONFIG, is_half=False)(ct, centres, numbers)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 2.0)])
def test_body_centre_and_arch(spacing):
    (found,) = outline(volume(spacing=spacing))
    assert found.body.volume_mm3 == pytest.approx(BODY_MM3, rel=0.05)
    np.testing.assert_allclose(found.centre_mm, CENTRES_MM[1], atol=0.5)
    np.testing.assert_allclose(found.axes, np.eye(3), atol=0.03)
    assert found.arch.volume_mm3 == pytest.approx(25 * 11 * 19, rel=0.15)
    assert found.is_whole


def test_centres_that_are_off_are_mended():
    off = CENTRES_MM + np.array([4.0, 3.0, -2.0])
    network = Bright()
    (found,) = outline(volume(), off, network=network)
    assert network.batches == [1, 1]
    np.testing.assert_allclose(found.centre_mm, CENTRES_MM[1], atol=0.5)


def test_a_crop_that_lies_well_is_looked_at_once():
    network = Bright()
    outline(volume(), network=network)
    assert network.batches == [1]


def test_axes_follow_the_vertebra():
    turn = Rotation.from_euler("zx", (12.0, 9.0), degrees=True).as_matrix()
    (found,) = outline(volume(turn=turn))
    cosines = np.sum(found.axes * turn, axis=0)
    assert (np.rad2deg(np.arccos(np.clip(cosines, -1, 1))) < 2.0).all()


def test_the_network_takes_four_at_a_time():
    network = Bright()
    numbers = (0, 1, 2, 0, 1)
    found = outline(volume(), numbers=numbers, network=network)
    assert network.batches == [4, 1]
    for number, one in zip(numbers, found, strict=True):
        np.testing.assert_allclose(one.centre_mm, CENTRES_MM[number], atol=0.5)


def test_nothing_there_gives_none_and_nobody_asked_gives_nothing():
    empty = CTVolume(hu=np.zeros((60, 60, 60), np.int16), affine=np.eye(4), series_uid="")
    assert outline(empty) == [None]
    assert outline(volume(), numbers=()) == []


def test_a_body_that_the_field_cuts_is_not_whole():
    ct = volume(size_mm=(120.0, 120.0, 108.0))
    upper, middle = outline(ct, numbers=(0, 1))
    assert middle.is_whole
    assert upper is None or not upper.is_whole


def test_parts_come_out_voxel_by_voxel():
    inputs = np.zeros((2, 2, *CONFIG.shape), np.float32)
    inputs[1, 1] = 1.0
    shares = map_parts(inputs, network=Bright(), is_half=False)
    assert shares.shape == (2, 3, *CONFIG.shape)
    assert shares[0].max() < 0.01
    assert shares[1, 0, 32, 20, 24] > 0.99


@pytest.fixture
def weights(tmp_path):
    config = OutlinerConfig(shape=(16, 16, 8), features=4, channels=(4, 8))
    path = tmp_path / "outliner.safetensors"
    sha256 = save_weights(build_outliner(config), path, half=True)
    card = {"network": to_plain(config), "weights_sha256": sha256}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


def test_weights_come_with_their_card(weights):
    outliner = read_outliner(weights)
    assert outliner.config == OutlinerConfig(shape=(16, 16, 8), features=4, channels=(4, 8))
    assert len(outliner.sha256) == 64
    assert not outliner.network.training


def test_other_weights_than_the_card_says_are_refused(weights):
    card = json.loads(weights.with_suffix(".json").read_text())
    card["weights_sha256"] = "0" * 64
    weights.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(WeightsMismatch, match="expected weights 000000000000"):
        read_outliner(weights)


def test_weights_without_a_card_are_refused(weights):
    weights.with_suffix(".json").unlink()
    with pytest.raises(ValueError, match=r"found no outliner\.json"):
        read_outliner(weights)


class Sheets(Bright):
    """Shows a thin sheet instead of a body where the middle of the crop is no bone."""

    def forward(self, inputs):
        shown = super().forward(inputs)
        i, j, k = (n // 2 for n in inputs.shape[2:])
        middle = inputs[:, 1, i, j - round(CONFIG.behind_mm / CONFIG.spacing_mm), k]
        sheet = torch.full((3, *inputs.shape[2:]), -30.0)
        sheet[0, i - 12 : i + 12, j - 20 : j + 4, k - 2 : k + 2] = 30.0
        folded = fold(sheet[None])[0]
        return torch.stack(
            [own if bone > 0.3 else folded for own, bone in zip(shown, middle, strict=True)]
        )


def test_a_place_between_two_bodies_is_looked_at_from_above_and_below():
    """The body below has an outline already, so that the one above is meant."""
    outline = VertebraOutliner(Sheets(), CONFIG, is_half=False)
    astray = CENTRES_MM.copy()
    astray[1, 2] -= 17.0
    found = outline(volume(), astray, [0, 1, 2])
    centres = np.stack([one.centre_mm for one in found])
    assert np.linalg.norm(centres - CENTRES_MM, axis=1).max() < 3.0
    assert found[1].body.volume_mm3 > 0.7 * BODY_MM3


def test_two_places_beside_one_body_do_not_both_become_it():
    outline = VertebraOutliner(Sheets(), CONFIG, is_half=False)
    upper, middle, lower = CENTRES_MM
    beside = np.array([0.0, 0.0, 17.0])
    astray = np.stack([upper + beside, upper - beside, middle, lower])
    first, second, third, _ = outline(volume(), astray, [0, 1, 2, 3])
    np.testing.assert_allclose(first.centre_mm, upper, atol=3.0)
    np.testing.assert_allclose(third.centre_mm, middle, atol=3.0)
    # The second stays the scrap that it showed, which no check of size lets pass.
    assert second.body.volume_mm3 < 0.5 * BODY_MM3
