"""Marks say which way a panel lies and how large it is."""

import numpy as np
import pytest
from PIL import Image

from ctbone.localisation.pictures.frame import Box, mark_panel


@pytest.fixture
def marked():
    def mark(box, scale=2.0):
        canvas = Image.new("RGB", (400, 300))
        mark_panel(canvas, box, sides="RLHF", scale=scale, bar_mm=50)
        return np.asarray(canvas).max(axis=-1)

    return mark


def longest_run(row):
    edges = np.flatnonzero(np.diff(np.r_[0, (row > 200).astype(int), 0]))
    return max(edges[1::2] - edges[::2], default=0)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_bar_is_as_long_as_it_says(marked, scale):
    found = marked(Box(20, 20, 300, 200), scale)
    assert max(longest_run(row) for row in found) == pytest.approx(50 * scale, abs=2)


def test_a_bar_wider_than_its_panel_is_left_out(marked):
    found = marked(Box(20, 20, 90, 200), 2.0)
    assert max(longest_run(row) for row in found) < 20


def test_a_thin_panel_is_not_covered(marked):
    found = marked(Box(20, 100, 300, 20))
    assert not found[:95].any()
    assert not found[101:119, 60:260].any()
    assert max(longest_run(row) for row in found[121:]) == pytest.approx(100, abs=2)


def test_boxes_know_their_neighbours():
    left, right = Box(10, 5, 100, 50), Box(150, 5, 100, 50)
    assert Box.between(left, right) == Box(110, 5, 40, 50)
    assert left.centred(20, 10) == Box(50, 25, 20, 10)
    assert (left.right, left.bottom, left.middle) == (110, 55, 60.0)
