"""What the localiser should answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import KINDS
from ctbone.training.cases import ARCH, RIB, UNKNOWN, Case
from ctbone.training.losses import UNKNOWN_SHARE
from ctbone.training.targets import to_targets

CONFIG = LocaliserConfig()
T12, L1 = VertebralLevel.T12, VertebralLevel.L1


@pytest.fixture
def case():
    """T12 with a rib above L1, a disc between them."""
    shape = (12, 12, 20)
    body, disc, labels = (np.zeros(shape, np.uint8) for _ in range(3))
    for level, part in ((T12, slice(12, 17)), (L1, slice(3, 9))):
        body[4:8, 4:8, part] = 255
        labels[4:8, 4:8, part] = level
        labels[4:8, 9:11, part] = level + ARCH
    disc[4:8, 4:8, 9:12] = 255
    labels[8:11, 6, 14] = T12 + RIB
    centres = np.array([[5.5, 5.5, 14.0], [5.5, 5.5, 5.5]], np.float32)
    return Case(
        hu=np.zeros(shape, np.int16),
        body=body,
        disc=disc,
        labels=labels,
        centres=centres,
        levels=np.array([T12, L1], np.uint8),
        ribbed=np.array([VertebralLevel.T11, T12], np.uint8),
    )


def test_every_channel_says_what_the_case_says(case):
    heat, body, level, kind, ribs, arches, discs = to_targets(case, config=CONFIG)
    # 8 mm from a centre, along the spine, the heat has fallen by a standard deviation.
    assert heat[5, 5, 14] == pytest.approx(np.exp(-0.5 * 0.5 * (3.0 / 8.0) ** 2), rel=1e-5)
    assert heat.max() <= 1.0
    assert np.array_equal(body * 255.0, case.body)
    assert np.array_equal(discs * 255.0, case.disc)
    assert np.array_equal(ribs > 0, case.labels == T12 + RIB)
    assert np.array_equal(arches > 0, case.labels >= ARCH)
    named = {0: None} | {k + 1: one for k, one in enumerate(CONFIG.vertebral_levels)}
    assert named[level[5, 5, 5]] is named[level[5, 10, 5]] is L1
    assert named[level[5, 5, 14]] is named[level[9, 6, 14]] is T12
    assert KINDS[int(kind[5, 5, 5]) - 1] == "lumbar"
    assert KINDS[int(kind[5, 10, 14]) - 1] == "ribbed"
    assert KINDS[int(kind[9, 6, 14]) - 1] == "last_rib"
    assert np.array_equal(level > 0, case.labels > 0)


def test_what_is_not_labelled_is_open(case):
    partly = replace(case, unlabelled=("discs", "ribs", "kinds"))
    heat, body, level, kind, ribs, arches, discs = to_targets(partly, config=CONFIG)
    assert (ribs == UNKNOWN_SHARE).all()
    assert (discs == UNKNOWN_SHARE).all()
    assert not kind.any()
    whole = to_targets(case, config=CONFIG)
    for found, truth in zip((heat, body, level, arches), whole[[0, 1, 2, 5]], strict=True):
        assert np.array_equal(found, truth)


def test_where_nobody_has_looked_every_place_is_open(case):
    labels = case.labels.copy()
    labels[:, :, 17:] = UNKNOWN
    targets = to_targets(replace(case, labels=labels), config=CONFIG)
    places = targets[[0, 1, 4, 5, 6]]
    assert (places[..., 17:] == UNKNOWN_SHARE).all()
    assert (places[..., :17] >= 0.0).all()
    assert not targets[2:4, ..., 17:].any()


def test_a_context_that_the_network_does_not_map_is_left_out(case):
    config = LocaliserConfig(context=("ribs",))
    targets = to_targets(replace(case, unlabelled=("discs",)), config=config)
    assert targets.shape[0] == 5
    assert targets[4].min() == 0.0
