"""Landmarks that levels are counted from."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.anchors import find_anchors, rib_evidence
from ctbone.localisation.decode import Candidate, DecodeConfig
from ctbone.localisation.levels import read_levels

from .spines import CONFIG

LEVELS = CONFIG.vertebral_levels


def chain_of(*pairs):
    """A chain from pairs (level that the network sees, rib evidence)."""
    chain = []
    for n, (name, ribs) in enumerate(pairs):
        shares = np.full(len(LEVELS), 0.01)
        shares[CONFIG.levels.index(name)] = 0.9
        chain.append(Candidate(np.array([0.0, 0.0, -30.0 * n]), 0.9, np.log(shares), ribs))
    return chain


def anchors_of(*pairs):
    chain = chain_of(*pairs)
    reading = read_levels(chain, levels=LEVELS, config=DecodeConfig())
    found = find_anchors(chain, levels=LEVELS)
    return [(a.name, *a.numbers, a.agrees(reading.levels)) for a in found]


def test_last_ribs_and_sacrum_are_found_and_agree():
    pairs = [("T11", 0.9), ("T12", 0.8), ("L1", 0.0), ("L2", 0.0), ("L3", 0.1), ("L4", 0.0)]
    assert anchors_of(*pairs) == [("last ribs", 1, True)]
    assert anchors_of(*pairs, ("L5", 0.0), ("S1", 0.0)) == [
        ("last ribs", 1, True),
        ("sacrum", 7, True),
    ]


def test_ribs_on_what_was_read_as_l1_disagree():
    assert anchors_of(("T11", 0.9), ("T12", 0.9), ("L1", 0.9), ("L2", 0.0)) == [
        ("last ribs", 2, False)
    ]


def test_a_sacrum_below_l6_or_l4_disagrees():
    assert anchors_of(("L4", 0), ("L5", 0), ("L6", 0), ("S1", 0)) == [("sacrum", 3, False)]
    assert anchors_of(("L2", 0), ("L3", 0), ("L4", 0), ("S1", 0)) == [("sacrum", 3, False)]


@pytest.mark.parametrize(
    "ribs",
    [(0.9, 0.9, 0.9), (0.0, 0.0, 0.0), (0.9, 0.9, 0.5), (0.9, 0.1, 0.9), (0.1, 0.5, 0.9)],
)
def test_no_last_ribs_where_their_end_is_not_seen(ribs):
    assert anchors_of(*zip(("T11", "T12", "L1"), ribs, strict=True)) == []


@pytest.mark.parametrize(
    ("names", "agrees"),
    [(("T12", "L1", "L2"), True), (("T11", "T12", "L1"), True), (("T10", "T11", "T12"), False)],
)
def test_a_doubtful_pair_of_ribs_leaves_two_places(names, agrees):
    chain = chain_of(*zip(names, (0.9, 0.5, 0.1), strict=True))
    (anchor,) = find_anchors(chain, levels=LEVELS)
    assert anchor.numbers == (0, 1)
    assert anchor.agrees(tuple(VertebralLevel[name] for name in names)) is agrees
    assert anchor.shown() == "last ribs at vertebra 1 or 2 from above"


def test_two_doubtful_pairs_are_no_landmark():
    assert anchors_of(("T11", 0.9), ("T12", 0.5), ("L1", 0.5), ("L2", 0.1)) == []


@pytest.mark.parametrize("side", [-1, 1])
def test_ribs_count_beside_the_upper_half_alone(side):
    ribs = np.zeros((40, 40, 40), np.float32)
    index = np.array([20.0, 20.0, 20.0])
    far = ribs.copy()
    far[20 + side * 15, 20:26, 18:24] = 1.0
    below = ribs.copy()
    below[20 + side * 6, 20:26, 12:16] = 1.0
    ribs[20 + side * 6, 21:25, 20:23] = 0.9
    assert rib_evidence(ribs, index, spacing_mm=4.0) == pytest.approx(0.9)
    assert rib_evidence(far, index, spacing_mm=4.0) == 0.0
    assert rib_evidence(below, index, spacing_mm=4.0) == 0.0
    assert rib_evidence(ribs, np.zeros(3), spacing_mm=4.0) == 0.0
