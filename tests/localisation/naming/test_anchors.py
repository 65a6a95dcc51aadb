"""Landmarks that levels are counted from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ctbone.localisation.naming.anchors import find_anchors
from ctbone.localisation.naming.levels import read_levels

from .test_levels import CONFIG, LEVELS, chain_of, kinds


def anchors_of(letters, **doubtful):
    """Landmarks of a chain, some of whose vertebrae are doubtful: number to letter."""
    chain = chain_of(letters)
    for number, letter in doubtful.items():
        n = int(number[1:])
        chain[n] = replace(chain[n], kinds=kinds(letter, 0.4), rib=None)
    found = find_anchors(chain, read_levels(chain, levels=LEVELS, config=CONFIG))
    return [(anchor.name, anchor.number) for anchor in found]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("n" + 12 * "r" + "ll", [("first ribs", 1), ("last ribs", 13)]),
        ("rr" + 5 * "l" + "s", [("last ribs", 2), ("sacrum", 7)]),
        ("llls", [("sacrum", 3)]),
        ("rrrr", []),
        ("llll", []),
    ],
)
def test_landmarks_lie_where_looks_change(letters, expected):
    assert anchors_of(letters) == expected


def test_a_doubtful_vertebra_beside_it_is_no_landmark():
    assert anchors_of("rrrll", n3="l") == []
    assert anchors_of("rrrll", n4="l") == [("last ribs", 3)]


def test_a_landmark_is_seen_in_bodies_or_in_ribs():
    # T12 whose ribs are too short to be seen; then something beside L1 that looks like a rib.
    assert anchors_of("rrt" + 5 * "l" + "s") == [("last ribs", 3), ("sacrum", 8)]
    assert anchors_of("rrb" + 4 * "l" + "s") == [("last ribs", 2), ("sacrum", 7)]


def test_a_landmark_says_where_it_is():
    chain = chain_of("rrll")
    (anchor,) = find_anchors(chain, read_levels(chain, levels=LEVELS, config=CONFIG))
    assert str(anchor) == "last ribs between vertebra 2 and 3 from above"
    assert np.all(np.diff([c.position_mm[2] for c in chain]) < 0.0)
