"""Levels of chains whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.naming.builds import builds_of
from ctbone.localisation.naming.candidates import Candidate, DecodeConfig
from ctbone.localisation.naming.levels import read_levels
from ctbone.localisation.naming.spines import known_spines
from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import VERTEBRA_KINDS

LEVELS = LocaliserConfig().vertebral_levels
#: Looks at their full weight, so that the numbers below are those of the evidence itself.
CONFIG = DecodeConfig(looks_weight=1.0)
#: What a body looks like, and whether a rib shows beside it: t bears none although its body is of
#: the chest, b bears one although its body is lumbar.
LETTERS = {
    "n": ("neck", None),
    "r": ("ribbed", 0.99),
    "t": ("ribbed", 0.01),
    "b": ("lumbar", 0.99),
    "l": ("lumbar", 0.01),
    "s": ("sacral", None),
}


def named(*names):
    return tuple(VertebralLevel[name] for name in names)


def down(first, last):
    """The regular levels from one to another."""
    absent = (VertebralLevel.T13, VertebralLevel.L6)
    row = sorted((v for v in VertebralLevel if v not in absent), key=lambda v: v.order)
    return tuple(row[row.index(VertebralLevel[first]) : row.index(VertebralLevel[last]) + 1])


def kinds(letter, share=0.99):
    shares = np.full(len(VERTEBRA_KINDS), (1.0 - share) / (len(VERTEBRA_KINDS) - 1))
    shares[VERTEBRA_KINDS.index(LETTERS[letter][0])] = share
    return shares


def chain_of(letters, *, levels=None, gaps_mm=None):
    """A straight spine, a letter a vertebra; the network says nothing of levels unless told."""
    gaps = [30.0] * len(letters) if gaps_mm is None else [0.0, *gaps_mm]
    heights = -np.cumsum(gaps)
    nothing = np.full(len(LEVELS), 1.0 / len(LEVELS))
    return [
        Candidate(
            np.array([0.0, 0.0, height]),
            0.9,
            nothing if levels is None else levels[n],
            kinds(letter),
            LETTERS[letter][1],
        )
        for n, (letter, height) in enumerate(zip(letters, heights, strict=True))
    ]


def read(letters, *, config=CONFIG, **options):
    return read_levels(chain_of(letters, **options), levels=LEVELS, config=config)


def chance(reading, number, *names):
    return float(reading.share_of(named(*names))[number])


def test_a_chest_is_counted_from_both_ends_of_the_ribs():
    reading = read("n" + 12 * "r" + "ll")
    assert reading.levels == down("C7", "L2")
    assert reading.confidences.min() > 0.95


def test_an_abdomen_is_counted_from_last_ribs_and_sacrum():
    reading = read("rr" + 5 * "l" + "s")
    assert reading.levels == down("T11", "S1")
    assert reading.confidences[1:].min() > 0.9


def test_last_ribs_alone_leave_little_doubt():
    reading = read("rrrll")
    assert reading.levels == down("T10", "L2")
    assert reading.confidences[3] > 0.95
    # Ribs on L1, and none on T12, are what else it can be: about one person in fifteen. Where a
    # body looks like its place alone, or a rib shows alone, that doubt is there.
    bodies = [replace(one, rib=None) for one in chain_of("rrrll")]
    alone = read_levels(bodies, levels=LEVELS, config=CONFIG).confidences[3]
    assert 0.6 < alone < reading.confidences[3]


def test_without_a_landmark_nothing_is_known():
    for letters in ("lll", "rrrr", "nn"):
        assert read(letters).confidences.max() < 0.6


@pytest.mark.parametrize(("lumbar", "names"), [(6, ("L1", "T12")), (4, ("L1", "L2"))])
def test_landmarks_that_disagree_leave_both_readings(lumbar, names):
    """Six lumbar vertebrae below ribs: L6, or none on T12. Four: no L5, or ribs on L1."""
    reading = read("rr" + lumbar * "l" + "s")
    assert chance(reading, 2, *names) > 0.95
    assert reading.confidences[2] < 0.95
    assert {reading.levels[2], reading.runners_up[2]} == set(named(*names))


def test_a_third_landmark_tells_which():
    assert read("n" + 12 * "r" + 6 * "l" + "s").levels[13] is VertebralLevel.L1
    without_ribs = read("n" + 11 * "r" + "t" + 5 * "l" + "s")
    assert without_ribs.levels[12:14] == named("T12", "L1")
    assert without_ribs.confidences[13] > 0.8
    # Thirteen ribbed vertebrae: ribs on L1 are ten times as common as a T13.
    thirteen = read("n" + 13 * "r" + 4 * "l" + "s")
    assert thirteen.levels[13:15] == named("L1", "L2")
    assert thirteen.confidences[13] > 0.8


def test_a_body_of_the_chest_without_ribs_is_the_last_of_it():
    """Eleven ribs and six others: the twelfth has none, if its body is one of the chest."""
    reading = read("rr" + "t" + 5 * "l" + "s")
    assert reading.levels[2:4] == named("T12", "L1")
    assert reading.confidences[3] > 0.85
    # With a lumbar body in that place it is one of six lumbar vertebrae.
    assert chance(read("rr" + 6 * "l" + "s"), 2, "L1") > 0.85


def test_a_lumbar_body_with_ribs_is_the_first_of_them():
    reading = read("rr" + "b" + 4 * "l" + "s")
    assert reading.levels[2:4] == named("L1", "L2")
    assert reading.confidences[2] > 0.9
    assert reading.confidences[2] > read("rrr" + 4 * "l" + "s").confidences[2]


def test_ribs_out_of_view_leave_it_to_the_bodies():
    chain = [replace(one, rib=None) for one in chain_of("rrlllll" + "s")]
    reading = read_levels(chain, levels=LEVELS, config=CONFIG)
    assert reading.levels == down("T11", "S1")
    assert 0.6 < reading.confidences[2] < read("rrlllll" + "s").confidences[2]


def test_a_missed_vertebra_shows_as_a_gap():
    even = read("n" + 11 * "r" + "lllll" + "s")
    gaps = [30.0] * 17
    gaps[6] = 60.0
    gapped = read("n" + 11 * "r" + "lllll" + "s", gaps_mm=gaps)
    assert gapped.levels[12] is VertebralLevel.L1
    assert gapped.levels[7].order - gapped.levels[6].order == 2
    assert gapped.confidences[12] > even.confidences[12]


def test_the_network_s_own_levels_count_little_but_for_something():
    def views(*names):
        return [0.9 * np.eye(len(LEVELS))[LEVELS.index(v)] + 0.1 / len(LEVELS) for v in names]

    right = read("rrlll", levels=views(*down("T11", "L3")))
    silent = read("rrlll")
    wrong = read("rrlll", levels=views(*down("T12", "L4")))
    assert right.confidences[2] > silent.confidences[2] > wrong.confidences[2]
    assert wrong.levels == right.levels


def by_hand(chain, config):
    """Every path through every spine, by none, one or two vertebrae at a time, with its weight."""
    gaps = [float(np.linalg.norm(b.position_mm - a.position_mm)) for a, b in pairwise(chain)]
    jumps = (config.doubled, 1.0 - config.doubled - config.missed, config.missed)
    for spine in known_spines():
        fits = [
            [
                fit_of(one, *place, config)
                for place in zip(spine.levels, builds_of(spine), strict=True)
            ]
            for one in chain
        ]
        for first in range(len(spine.levels)):
            for steps in product(range(3), repeat=len(gaps)):
                places = np.cumsum([first, *steps])
                if places[-1] < len(spine.levels):
                    score = np.log(spine.share) + sum(
                        f[p] for f, p in zip(fits, places, strict=True)
                    )
                    for n, step in enumerate(steps):
                        # Of fewer than three gaps none can be told from the others.
                        others = [*gaps[max(n - 2, 0) : n], *gaps[n + 1 : n + 3]]
                        ratio = gaps[n] / np.median(others) if len(gaps) > 2 else 1.0
                        off = (ratio - (0.5, 1.0, 2.0)[step]) / config.ratio_sd
                        score += np.log(jumps[step] * (np.exp(-0.5 * off**2) + 1e-9))
                    yield tuple(spine.levels[p] for p in places), score


def fit_of(one, level, build, config):
    rib = 0.5 if one.rib is None else one.rib
    beside = rib * build.rib + (1.0 - rib) * (1.0 - build.rib)
    read = one.levels[LEVELS.index(level)] if level in LEVELS else 0.0
    read = (1.0 - config.level_error) * read + config.level_error / len(LEVELS)
    looks = config.looks_weight * np.log(one.kinds @ build.kinds * beside)
    return looks + config.level_weight * np.log(read)


@pytest.mark.parametrize("seed", range(4))
def test_a_reading_is_that_of_all_paths_one_by_one(seed):
    """Bodies missed and taken twice, uneven distances and views of the levels included."""
    rng = np.random.default_rng(seed)
    config = DecodeConfig(missed=0.05, doubled=0.03, level_weight=0.3, looks_weight=0.8)
    heights = -np.cumsum(rng.choice([15.0, 30.0, 32.0, 60.0], size=1 + seed))
    views = rng.dirichlet(np.full(len(LEVELS), 0.3), size=len(heights))
    looks = rng.dirichlet(np.full(len(VERTEBRA_KINDS), 0.5), size=len(heights))
    chain = [
        Candidate(np.array([0.0, 0.0, z]), 0.9, levels, kinds, None if n == 1 else rng.random())
        for n, (z, levels, kinds) in enumerate(zip(heights, views, looks, strict=True))
    ]
    reading = read_levels(chain, levels=LEVELS, config=config)
    paths, scores = zip(*by_hand(chain, config), strict=True)
    shares = np.exp(scores - special.logsumexp(scores))
    for number in range(len(chain)):
        for level in VertebralLevel:
            expected = sum(
                p for p, path in zip(shares, paths, strict=True) if path[number] is level
            )
            assert chance(reading, number, level.name) == pytest.approx(expected, abs=1e-9)
    assert reading.levels == paths[int(np.argmax(scores))]


@settings(deadline=None, max_examples=20)
@given(letters=st.text("nrtbls", min_size=1, max_size=20), seed=st.integers(0, 1000))
def test_levels_are_in_order_and_probabilities_sum_to_one(letters, seed):
    rng = np.random.default_rng(seed)
    views = rng.dirichlet(np.full(len(LEVELS), 0.3), size=len(letters))
    reading = read(letters, levels=views)
    orders = [level.order for level in reading.levels]
    assert orders == sorted(orders)
    assert list(reading.looks) == sorted(reading.looks)
    np.testing.assert_allclose(reading.marginals.sum(axis=1), 1.0, atol=1e-6)
    assert all(a is not b for a, b in zip(reading.levels, reading.runners_up, strict=True))
