"""What the network sees of a volume."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.localisation.maps import find_candidates, map_volume, to_localiser_input

from .spines import CONFIG, Answer, ct


def test_windows_map_to_unit_range_and_padding_is_fat():
    hu = np.full((17, 16, 5), 540.0, np.float32)
    soft, bone = to_localiser_input(hu, config=CONFIG)
    assert soft.shape == bone.shape == (32, 16, 16)
    assert soft[0, 0, 0] == 1.0
    assert bone[0, 0, 0] == pytest.approx(740.0 / 1500.0)
    assert soft[17, 0, 0] == pytest.approx(60.0 / 400.0)
    assert bone.dtype == np.float32


def test_maps_keep_the_size_of_the_coarse_volume():
    maps = map_volume(ct((80, 78, 120), 2.0), network=Answer(["L1"]), config=CONFIG)
    assert maps.heat.shape == maps.ribs.shape == maps.evidence.shape[1:] == (40, 39, 60)
    np.testing.assert_allclose(np.diag(maps.affine)[:3], 4.0)
    np.testing.assert_allclose(np.exp(maps.evidence).sum(axis=0), 1.0, rtol=1e-4)


def test_candidates_carry_the_evidence_of_their_own_body():
    network = Answer(["T12", "L1"], ribs=("T12",))
    maps = map_volume(ct(), network=network, config=CONFIG)
    upper, lower = sorted(find_candidates(maps, min_heat=0.2), key=lambda c: -c.position_mm[2])
    assert CONFIG.levels[int(upper.evidence.argmax())] == "T12"
    assert CONFIG.levels[int(lower.evidence.argmax())] == "L1"
    assert upper.ribs > 0.9
    assert lower.ribs < 0.1
