"""How vertebrae look, along every spine."""

from __future__ import annotations

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.naming.builds import builds_of
from ctbone.localisation.naming.spines import Looks, known_spines

RIBBED = (Looks.FIRST_RIBBED, Looks.RIBBED, Looks.LAST_RIBBED)


@pytest.mark.parametrize(
    "spine", known_spines(), ids=lambda s: f"{s.levels[-2].name} {s.share:.4f}"
)
def test_ribs_show_where_they_are_and_bodies_look_like_their_place(spine):
    for level, looks, build in zip(spine.levels, spine.looks, builds_of(spine), strict=True):
        neck, ribbed, lumbar, sacral = build.kinds
        assert sum(build.kinds) == pytest.approx(1.0)
        if looks is Looks.NECK:
            assert neck > 0.9
        elif looks is Looks.SACRAL:
            assert sacral > 0.9
        else:
            assert (build.rib > 0.4) is (looks in RIBBED)
            # Whatever its ribs are, a body is of the chest above L1 and lumbar from there on.
            is_thoracic = level.order < VertebralLevel.L1.order
            assert (ribbed > lumbar) is is_thoracic


def test_every_spine_is_built_along_its_whole_length():
    for spine in known_spines():
        assert len(builds_of(spine)) == len(spine.levels)
