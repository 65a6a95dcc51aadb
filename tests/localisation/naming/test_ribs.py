"""Ribs beside a vertebra, in maps whose ribs are known."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.localisation.naming import DecodeConfig
from ctbone.localisation.naming.ribs import rib_probability, rib_share

SPACING_MM = 3.0
CENTRE = np.array([30.0, 20.0, 20.0])


def rib(side_mm, *, behind_mm=20.0, above_mm=-5.0, length_mm=30.0, value=1.0):
    """A map with one rib that leaves to a side, 9 mm thick; the centre of a body is its origin."""
    ribs = np.zeros((60, 50, 40), np.float32)
    start = CENTRE + np.array([side_mm, behind_mm - 4.5, above_mm - 4.5]) / SPACING_MM
    low = np.rint(start).astype(int)
    high = low + np.array([round(length_mm / SPACING_MM), 3, 3])
    ribs[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = value
    return ribs


def share(ribs, centre=CENTRE):
    return rib_share(ribs, centre, spacing_mm=SPACING_MM)


@pytest.mark.parametrize("side_mm", [20.0, -50.0], ids=["left", "right"])
def test_a_rib_on_either_side_counts(side_mm):
    assert share(rib(side_mm)) == pytest.approx(1.0)


def test_it_counts_as_much_as_it_is_sure():
    assert share(rib(20.0, value=0.4)) == pytest.approx(0.4)


def test_a_stub_counts_by_its_volume():
    # 25 voxels are asked for: three by three by three are enough, two by three by three are 18.
    assert share(rib(20.0, length_mm=9.0)) == pytest.approx(1.0)
    assert share(rib(21.0, length_mm=6.0)) == pytest.approx(18.0 / 25.0)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"above_mm": 30.0}, "the rib of the vertebra above leaves higher"),
        ({"above_mm": -35.0}, "that of the one below lower"),
        ({"behind_mm": -20.0}, "what lies before the body is no rib"),
    ],
)
def test_what_lies_elsewhere_is_not_its_rib(place, why):
    assert share(rib(20.0, **place)) == 0.0, why


def test_what_is_out_of_view_is_not_known():
    ribs = rib(20.0)
    assert share(ribs[20:41]) is None
    assert share(ribs, np.array([30.0, 20.0, -2.0])) is None
    assert share(ribs[:, :22]) is None


def test_the_same_rib_counts_the_same_on_a_finer_map():
    ribs = rib(20.0).repeat(2, 0).repeat(2, 1).repeat(2, 2)
    assert rib_share(ribs, 2.0 * CENTRE + 0.5, spacing_mm=1.5) == pytest.approx(1.0)


def test_a_probability_rises_with_what_shows_and_is_none_without_a_view():
    config = DecodeConfig()

    def chance(ribs):
        return rib_probability(ribs, CENTRE, spacing_mm=SPACING_MM, config=config)

    values = [chance(rib(20.0, value=value)) for value in (0.0, 0.5, 1.0)]
    assert values[0] < 0.05 < values[1] < values[2]
    assert values[2] > 0.95
    assert chance(rib(20.0)[20:41]) is None
