"""The locator on maps whose truth is known: what it names, outlines and refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.errors import LevelNotInField, LevelUncertain, Reason, SpineNotFound, WeightsMismatch
from ctbone.localisation import load_locator
from ctbone.localisation.naming import DecodeConfig
from ctbone.localisation.network import NetworkLocator
from ctbone.localisation.trust import choose
from ctbone.networks import LocaliserConfig, build_localiser, save_weights
from ctbone.runs import to_plain

from .spines import CONFIG, HALF_MM, Answer, ct, levels

LUMBAR = ("T11", "T12", "L1", "L2", "L3", "L4")


def locator(*names, **options):
    return NetworkLocator(Answer(names, **options), CONFIG)


def test_every_vertebra_is_named_where_it_is():
    locate = locator(*LUMBAR)
    found = locate(ct())
    assert tuple(v.level for v in found) == levels(*LUMBAR)
    for vertebra, truth in zip(found, locate.network.centres_mm, strict=True):
        assert np.linalg.norm(vertebra.centroid_mm - truth) < 1.0
        assert vertebra.confidence > 0.9
        assert vertebra.reason is None
        np.testing.assert_allclose(vertebra.axes, np.eye(3), atol=0.05)


def test_bodies_follow_the_map():
    found = locator(*LUMBAR)(ct())
    for vertebra in found[1:-1]:
        assert vertebra.is_whole
        assert vertebra.body.volume_mm3 == pytest.approx(8.0 * HALF_MM.prod(), rel=0.12)


def test_orientation_of_the_volume_does_not_matter():
    straight = ct()
    affine = straight.affine.copy()
    affine[:3, :2] *= -1.0
    affine[:2, 3] = 4.0 * 39
    flipped = type(straight)(straight.hu[::-1, ::-1], affine, series_uid="1")
    locate = locator(*LUMBAR)
    for one, other in zip(locate(straight), locate(flipped), strict=True):
        assert one.level is other.level
        np.testing.assert_allclose(one.centroid_mm, other.centroid_mm, atol=1e-6)


def test_the_sacrum_serves_as_landmark_too():
    found = locator("L1", "L2", "L3", "L4", "L5", "S1")(ct())
    assert found[0].level.name == "L1"


def unsure(found):
    return [v.level.name for v in found if v.reason is Reason.LEVEL_UNCERTAIN]


def test_no_landmark_no_level():
    found = locator("L1", "L2", "L3")(ct())
    assert len(unsure(found)) == 3
    assert "neither first ribs, last ribs nor sacrum in view" in found[0].detail


def test_two_landmarks_can_be_asked_for():
    strict = DecodeConfig(min_landmarks=2)
    both = Answer(("T12", "L1", "L2", "L3", "L4", "L5", "S1"))
    assert not unsure(NetworkLocator(both, CONFIG, strict)(ct()))
    found = NetworkLocator(Answer(LUMBAR), CONFIG, strict)(ct())
    assert len(unsure(found)) == len(found)
    assert "last ribs between vertebra 2 and 3 from above" in found[0].detail


def test_landmarks_that_disagree_give_both_readings():
    """Four vertebrae between ribs and sacrum: there is no L5, or L1 bears ribs."""
    names = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")
    answer = Answer(names, kinds={"L1": "ribbed"}, top_mm=250.0, reads=False)
    found = NetworkLocator(answer, CONFIG, DecodeConfig(min_confidence=0.95))(ct((40, 40, 66)))
    assert len(unsure(found)) >= len(found) - 1
    for vertebra in found[:3]:
        assert f"or {vertebra.runner_up.name}" in vertebra.detail
        assert vertebra.level is not vertebra.runner_up


def test_a_network_that_sees_other_levels_than_the_landmark_says_is_not_believed():
    """Nor is the landmark: with one in view, and a view of the levels against it, nobody knows."""
    found = locator(*LUMBAR, slip=16.0)(ct())
    assert len(unsure(found)) == len(found)


def test_uncertain_levels_refuse_a_study_and_say_why():
    found = locator("L1", "L2", "L3")(ct())
    with pytest.raises(LevelUncertain, match=r"level uncertain, .* or .*; 3 vertebrae, neither"):
        choose(found, levels=levels("L1", "L2"))


def test_every_vertebra_has_a_runner_up():
    found = locator(*LUMBAR)(ct())
    for vertebra in found[:3]:
        assert vertebra.runner_up is not None
        assert 0.0 < abs(vertebra.runner_up.order - vertebra.level.order) <= 1.0


def test_a_spine_without_the_levels_asked_for():
    locate = locator("C7", "T1", "T2", "T3", "T4", "T5")
    with pytest.raises(LevelNotInField, match="L1 or L2 whole in the field of view, found"):
        choose(locate(ct()), levels=levels("L1", "L2"))


def test_levels_that_are_cut_off_are_not_whole():
    found = locator("T10", "T11", "T12", "L1", "L2", top_mm=140.0)(ct())
    assert [v.is_whole for v in found] == [True, True, True, True, False]


def test_levels_under_other_names_are_outlined_as_finely():
    """A row that a person shifts by two has its L1 where the locator sees T11."""
    asked = []

    def outline(_volume, centres, numbers):
        asked.append(numbers)
        return [None] * len(numbers)

    locate = replace(locator(*LUMBAR), outline=outline, levels=levels("L1"))
    names = zip(levels(*LUMBAR), levels(*LUMBAR[2:], "L5", "L6"), strict=True)
    for one in (locate, locate.under_names(dict(names))):
        one(ct())
    assert asked == [[1, 2, 3], [0, 1, 2, 3]]
    assert locate.under_names({}).levels == locate.levels


def test_no_spine():
    with pytest.raises(SpineNotFound, match=r"expected a row of at least 2 .* found 1"):
        locator("L1")(ct())


def test_a_card_brings_back_the_network(tmp_path):
    config = LocaliserConfig(channels=(4, 4, 8))
    network = build_localiser(config).eval()
    digest = save_weights(network, tmp_path / "l.safetensors")
    card = {"network": to_plain(config), "decode": {"min_heat": 0.3}, "weights_sha256": digest}
    (tmp_path / "l.json").write_text(json.dumps(card))
    locate = load_locator(tmp_path / "l.safetensors")
    assert (locate.config, locate.decode.min_heat, locate.sha256) == (config, 0.3, digest)
    inputs = torch.rand(1, 2, 8, 8, 8)
    torch.testing.assert_close(locate.network(inputs), network(inputs))


def test_a_network_that_maps_no_ribs_or_discs_is_no_locator():
    config = LocaliserConfig(context=("arches",))
    with pytest.raises(ValueError, match="expected a network that maps discs and ribs too"):
        NetworkLocator(torch.nn.Identity(), config)


def test_weights_of_another_card_are_refused(tmp_path):
    config = LocaliserConfig(channels=(4, 4, 8))
    save_weights(build_localiser(config), tmp_path / "l.safetensors")
    card = {"network": to_plain(config), "decode": {}, "weights_sha256": "0" * 64}
    (tmp_path / "l.json").write_text(json.dumps(card))
    with pytest.raises(WeightsMismatch, match="expected weights 000000000000, found"):
        load_locator(tmp_path / "l.safetensors")
