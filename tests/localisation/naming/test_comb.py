"""The line through a row of vertebrae, and their places along it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.localisation.naming.comb import find_comb, trace_line

SHAPE = (24, 30, 90)


def heat_of(centres, *, sigma=2.0, top=0.9):
    grid = np.moveaxis(np.indices(SHAPE), 0, -1)
    away = [((grid - centre) ** 2).sum(axis=-1) for centre in centres]
    return (top * np.exp(-0.5 * np.min(away, axis=0) / sigma**2)).astype(np.float32)


def row(count, gap, *, bend=3.0, top=84.0):
    """Centres of a bent spine, from cranial to caudal, voxels."""
    heights = top - gap * np.arange(count)
    return np.stack([np.full(count, 12.0), 14.0 + bend * np.sin(heights / 20.0), heights], axis=1)


def comb_of(heat, disc=None, min_heat=0.2):
    disc = np.zeros_like(heat) if disc is None else disc
    return find_comb(heat, disc, trace_line(heat, min_heat=min_heat), spacing_mm=4.0)


@settings(deadline=None, max_examples=15)
@given(gap=st.floats(6.0, 9.5), bend=st.floats(0.0, 4.0))
def test_every_vertebra_of_a_row_is_found_where_it_is(gap, bend):
    centres = row(8, gap, bend=bend)
    found = comb_of(heat_of(centres))
    assert len(found) == 8
    assert np.linalg.norm(found - centres, axis=1).max() < 1.0


def test_distances_may_grow_from_thoracic_to_lumbar():
    heights = 86.0 - np.cumsum([0, 5.6, 5.8, 6.0, 6.3, 6.8, 7.4, 8.0, 8.6, 9.0])
    centres = np.stack([np.full(10, 12.0), np.full(10, 14.0), heights], axis=1)
    assert len(comb_of(heat_of(centres))) == 10


def test_a_vertebra_that_hardly_shows_is_filled_in():
    centres = row(8, 8.0)
    strong = heat_of(np.delete(centres, 4, axis=0))
    weak = heat_of(centres[4:5], top=0.4)
    found = comb_of(np.maximum(strong, weak))
    assert np.linalg.norm(found[4] - centres[4]) < 2.0


def test_discs_part_bodies_whose_heat_runs_together():
    centres = row(8, 6.0, bend=0.0)
    heat = np.maximum(heat_of(centres, sigma=4.0), heat_of(centres - [0.0, 0.0, 3.0], sigma=4.0))
    disc = heat_of(centres - [0.0, 0.0, 3.0], sigma=0.8)
    found = comb_of(heat, disc)
    inner = found[(found[:, 2] > 44.0) & (found[:, 2] < 82.0)]
    away = np.abs(inner[:, None, 2] - centres[None, :, 2]).min(axis=1)
    assert len(inner) >= 6
    assert away.max() < 1.0


def test_vertebrae_of_the_neck_lie_close():
    heights = 86.0 - np.cumsum([0, 3.7, 3.7, 3.8, 4.0, 4.2, 4.4, 4.7, 5.0, 5.4, 5.8, 6.2])
    centres = np.stack([np.full(12, 12.0), np.full(12, 14.0), heights], axis=1)
    assert len(comb_of(heat_of(centres, sigma=1.3))) == 12


def test_other_hot_bone_is_left_alone():
    centres = row(8, 8.0)
    beside = heat_of(np.array([[22.0, 4.0, 40.0], [22.0, 4.0, 47.0]]), top=0.5)
    found = comb_of(np.maximum(heat_of(centres), beside))
    assert len(found) == 8
    assert found[:, 0].max() < 15.0


@pytest.mark.parametrize("heat", [np.zeros(SHAPE, np.float32), np.full(SHAPE, 0.1, np.float32)])
def test_no_heat_no_row(heat):
    assert comb_of(heat).shape == (0, 3)


def test_one_vertebra_makes_no_row():
    assert len(comb_of(heat_of(row(1, 8.0, top=45.0)))) == 1
