"""What the network sees of a volume."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.localisation.naming import DecodeConfig
from ctbone.localisation.naming.maps import find_candidates, map_volume, to_localiser_input
from ctbone.networks.localiser import VERTEBRA_KINDS
from tests.localisation.spines import CONFIG, Answer, ct


def test_windows_map_to_unit_range_and_padding_is_fat():
    hu = np.full((17, 16, 5), 540.0, np.float32)
    soft, bone = to_localiser_input(hu, config=CONFIG)
    assert soft.shape == bone.shape == (32, 16, 16)
    assert soft[0, 0, 0] == 1.0
    assert bone[0, 0, 0] == pytest.approx(740.0 / 1500.0)
    assert soft[17, 0, 0] == pytest.approx(60.0 / 400.0)
    assert bone.dtype == np.float32


def test_maps_keep_the_size_of_the_coarse_volume():
    maps = map_volume(ct((80, 78, 120), 1.5), network=Answer(["L1"]), config=CONFIG)
    assert maps.heat.shape == maps.body.shape == maps.disc.shape == (40, 39, 60)
    assert maps.levels.shape[1:] == maps.kinds.shape[1:] == (24, 24, 32)
    np.testing.assert_allclose(np.diag(maps.affine)[:3], 3.0)
    assert (len(maps.levels), len(maps.kinds)) == (len(CONFIG.levels), len(VERTEBRA_KINDS))


def test_candidates_carry_the_evidence_of_their_own_body():
    maps = map_volume(ct(), network=Answer(["T12", "L1"]), config=CONFIG)
    found = find_candidates(maps, config=DecodeConfig())
    upper, lower = sorted(found, key=lambda c: -c.position_mm[2])
    for candidate, level, kind in ((upper, "T12", "ribbed"), (lower, "L1", "lumbar")):
        assert CONFIG.levels[int(candidate.levels.argmax())] == level
        assert VERTEBRA_KINDS[int(candidate.kinds.argmax())] == kind
        assert candidate.levels.sum() == pytest.approx(1.0)
        assert candidate.kinds.max() > 0.99
