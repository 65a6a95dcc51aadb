from dataclasses import replace

import numpy as np
import pytest

from ctbone.phantom.anatomy.bowel import draw_gut


def test_the_colon_comes_first_and_runs_right_to_left(crowd):
    for patient in crowd:
        gut = patient.viscera.gut
        assert np.allclose(gut.starts_mm[1:73], gut.ends_mm[:72])
        assert gut.starts_mm[8, 0] < gut.starts_mm[45, 0]


def test_calibres_are_those_of_people(crowd):
    """A caecum of 3 to 9 cm, a small bowel of 1.5 to 3 cm."""
    caecum = np.array([2.0 * p.viscera.gut.radii_mm[2:8].max() for p in crowd])
    small = np.array([2.0 * np.median(p.viscera.gut.radii_mm[-10:]) for p in crowd])
    assert 35.0 < np.median(caecum) < 80.0
    assert 17.0 < np.median(small) < 28.0


def test_some_drank_contrast(crowd):
    shares = np.array([p.viscera.gut.contrast for p in crowd])
    assert 0.1 < np.mean(shares > 0.0) < 0.32
    assert shares.max() < 2.0


def test_stool_is_in_the_colon_alone(crowd):
    for patient in crowd[:50]:
        assert not patient.viscera.gut.solid[73:].any()
    assert np.mean([p.viscera.gut.solid[:73].mean() for p in crowd]) > 0.4


def test_gut_lies_in_the_trunk(crowd):
    for patient in crowd[:50]:
        torso, gut = patient.torso, patient.viscera.gut
        assert gut.starts_mm[:, 2].max() < max(torso.domes_mm) + 20.0
        assert gut.starts_mm[:, 2].min() > torso.heights_mm[0] + 100.0


@pytest.mark.parametrize("room_mm", [1.0, -1.0, -30.0])
def test_the_shortest_trunk_holds_a_gut(crowd, room_mm):
    torso = crowd[0].torso
    dome = float(torso.heights_mm[0]) + 300.0 + 95.0 + room_mm
    short = replace(torso, domes_mm=(dome, dome))
    gut = draw_gut(short, scale=1.0, rng=np.random.default_rng(0))
    assert np.isfinite(gut.starts_mm).all()
    assert len(gut.radii_mm) > 100
