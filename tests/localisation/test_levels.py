"""Levels of chains whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.decode import (
    Candidate,
    DecodeConfig,
)
from ctbone.localisation.levels import read_levels
from ctbone.networks import LocaliserConfig

LEVELS = LocaliserConfig().vertebral_levels
#: Ribs say nothing here: every candidate has the same doubtful ones.
CONFIG = DecodeConfig(evidence_weight=1.0, rib_error=0.5)
REGULAR = tuple(level for level in LEVELS if level.name not in ("T13", "L6"))


def named(*names):
    return tuple(VertebralLevel[name] for name in names)


def evidence(*shares):
    """Evidence for the levels of pairs (name, probability); the rest is shared by the others."""
    probabilities = np.full(len(LEVELS), (1.0 - sum(p for _, p in shares)) / len(LEVELS))
    for name, share in shares:
        probabilities[LEVELS.index(VertebralLevel[name])] += share
    return np.log(probabilities)


def chain_of(*pieces, spacing_mm=30.0):
    """A straight spine; each piece is the evidence of one vertebra."""
    return [
        Candidate(np.array([0.0, 0.0, -spacing_mm * n]), 0.9, piece)
        for n, piece in enumerate(pieces)
    ]


def test_clear_evidence_names_the_levels():
    names = ("T11", "T12", "L1", "L2", "L3")
    reading = read_levels(
        chain_of(*[evidence((name, 0.9)) for name in names]), levels=LEVELS, config=CONFIG
    )
    assert reading.levels == named(*names)
    assert reading.confidences.min() > 0.99
    assert reading.share < 0.01


def test_one_doubtful_vertebra_is_named_by_its_neighbours():
    pieces = [("T12", 0.9), ("L2", 0.6), ("L2", 0.9), ("L3", 0.9)]
    reading = read_levels(
        chain_of(*[evidence(piece) for piece in pieces]), levels=LEVELS, config=CONFIG
    )
    assert reading.levels == named("T12", "L1", "L2", "L3")


def test_a_possible_shift_leaves_both_readings_open():
    pairs = [("T12", "L1"), ("L1", "L2"), ("L2", "L3")]
    pieces = [evidence((a, 0.5), (b, 0.4)) for a, b in pairs]
    reading = read_levels(chain_of(*pieces), levels=LEVELS, config=CONFIG)
    assert reading.levels == named("T12", "L1", "L2")
    assert reading.alternative == named("L1", "L2", "L3")
    assert reading.confidences.max() < 0.8
    assert 0.2 < reading.share < 0.5


@pytest.mark.parametrize(
    "names",
    [
        ("T11", "T12", "T13", "L1", "L2"),
        ("L3", "L4", "L5", "L6", "S1"),
        ("L2", "L3", "L4", "S1"),
        ("T10", "T11", "L1", "L2"),
    ],
)
def test_variants_take_clear_evidence(names):
    def read(share):
        pieces = [evidence((name, share)) for name in names]
        return read_levels(chain_of(*pieces), levels=LEVELS, config=CONFIG)

    assert read(0.95).levels == named(*names)
    assert read(0.03).levels != named(*names)


def test_a_missed_vertebra_shows_as_a_gap():
    names = ("T11", "T12", "L1", "L3", "L4", "L5")
    chain = [
        Candidate(
            np.array([0.0, 0.0, -30.0 * VertebralLevel[name].order]), 0.9, evidence((name, 0.7))
        )
        for name in names
    ]
    assert read_levels(chain, levels=LEVELS, config=CONFIG).levels == named(*names)


def test_ribs_decide_where_the_network_sees_no_difference():
    pieces = [evidence(("T11", 0.3), ("T12", 0.3), ("L1", 0.3)) for _ in range(4)]
    chain = [
        replace(candidate, ribs=ribs)
        for candidate, ribs in zip(chain_of(*pieces), (0.9, 0.9, 0.1, 0.1), strict=True)
    ]
    reading = read_levels(chain, levels=LEVELS, config=DecodeConfig())
    assert reading.levels == named("T11", "T12", "L1", "L2")
    assert reading.against < 1.0


def test_ribs_against_the_network_show():
    names = ("T11", "T12", "L1", "L2", "L3")
    chain = [
        replace(candidate, ribs=ribs)
        for candidate, ribs in zip(
            chain_of(*[evidence((name, 0.4)) for name in names]), (1, 1, 1, 1, 0), strict=True
        )
    ]
    reading = read_levels(chain, levels=LEVELS, config=DecodeConfig(rib_error=0.01))
    assert reading.levels == named("T9", "T10", "T11", "T12", "L1")
    assert reading.against > 3.0


@settings(deadline=None, max_examples=30)
@given(start=st.integers(0, len(REGULAR) - 3), seed=st.integers(0, 1000))
def test_levels_are_always_in_order_and_probabilities_sum_to_one(start, seed):
    rng = np.random.default_rng(seed)
    pieces = [
        np.log(rng.dirichlet(np.full(len(LEVELS), 0.3)) + 1e-6) for _ in REGULAR[start : start + 3]
    ]
    reading = read_levels(chain_of(*pieces), levels=LEVELS, config=CONFIG)
    orders = [level.order for level in reading.levels]
    assert orders == sorted(set(orders))
    np.testing.assert_allclose(reading.marginals.sum(axis=1), 1.0, atol=1e-6)
    assert 0.0 <= reading.share <= 0.5
    assert all(a is not b for a, b in zip(reading.levels, reading.alternative, strict=True))
