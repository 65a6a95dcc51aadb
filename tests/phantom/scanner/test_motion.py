import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.motion import displacements, moving_share


def test_the_front_moves_and_the_spine_rests():
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = (-50.0, -120.0, 0.0)
    share = moving_share(affine, (80, 50), device=torch.device("cpu")).numpy()
    y = -120.0 + 2.0 * np.arange(80)
    assert (share[y > -25.0] == 0.0).all()
    assert (share[y < -70.0] == 1.0).all()
    assert (np.diff(share[:, 0]) <= 0.0).all()


def test_it_follows_the_patient_on_turned_lattices():
    """Rows that run from left to right move by where they lie, not by their number."""
    affine = np.array([[0.0, 2.0, 0, 0], [2.0, 0.0, 0, -120.0], [0, 0, 3.0, 0], [0, 0, 0, 1.0]])
    share = moving_share(affine, (50, 80), device=torch.device("cpu")).numpy()
    assert (share == share[0]).all()
    assert share[0, 0] == 1.0
    assert share[0, -1] == 0.0


def test_breaths_come_and_go_along_the_table():
    places = np.arange(0.0, 160.0, 1.0)
    start, end = displacements(places, 7.0)
    assert np.abs(start).max() == pytest.approx(7.0, abs=0.05)
    assert start[:80] == pytest.approx(start[80:])
    assert 1.0 < np.abs(end - start).max() < 7.0
