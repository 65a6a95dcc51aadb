"""Heights lost, sizes and distances, against numbers worked out by hand."""

from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation.trust import TRUST
from ctbone.localisation.trust.evidence import Evidence
from ctbone.localisation.trust.shape import (
    POSTERIOR_MM,
    dent_loss,
    fracture_doubt,
    height_loss,
    size_doubt,
    spacing_doubts,
)

from .conftest import row, vertebra

NAMES = ("T11", "T12", "L1", "L2", "L3")


def healthy(*, front=0.95, middle=0.9):
    """Heights of a spine whose bodies are all of one shape."""
    backs = {name: POSTERIOR_MM[VertebralLevel[name]] for name in NAMES}
    return {name: (front * back, middle * back, back) for name, back in backs.items()}


def loss_of(heights, name="L1"):
    vertebrae = row(*NAMES, heights=heights)
    return height_loss(vertebrae[NAMES.index(name)], vertebrae)


@pytest.mark.parametrize("name", NAMES)
def test_a_healthy_body_has_lost_what_its_shape_lacks_and_no_more(name):
    loss, how = loss_of(healthy(), name)
    assert loss == pytest.approx(0.1)
    assert how == "in the middle, against its own posterior height"


@pytest.mark.parametrize(
    ("heights", "loss", "where"),
    [
        ((18.0, 22.0, 25.0), 1.0 - 18.0 / 25.0, "in front, against its own"),
        ((24.0, 17.0, 25.0), 1.0 - 17.0 / 25.0, "in the middle, against its own"),
        ((18.5, 17.5, 18.5), 1.0 - 18.5 / 25.0, "behind, against its neighbours'"),
    ],
)
def test_each_kind_of_fracture_is_read_where_it_is(heights, loss, where):
    found = loss_of(healthy() | {"L1": heights})
    assert found[0] == pytest.approx(loss)
    assert where in found[1]
    doubt = fracture_doubt(found, config=TRUST)
    assert doubt.reason is Reason.FRACTURE
    assert f"found {loss:.0%} {where}" in doubt.detail


def test_a_wedge_shows_against_neighbours_that_are_higher_in_front():
    heights = healthy(front=1.08, middle=1.0)
    heights["L1"] = (0.84 * 25.0, 0.97 * 25.0, 25.0)
    loss, how = loss_of(heights)
    assert loss == pytest.approx(1.0 - 0.84 / 1.08)
    assert how == "in front, against its neighbours' shape"


def test_a_broken_neighbour_does_not_make_a_healthy_body_look_broken():
    heights = healthy() | {"T12": (12.0, 12.0, 13.0)}
    assert fracture_doubt(loss_of(heights), config=TRUST) is None


def test_of_small_people_all_bodies_are_low_and_none_is_broken():
    small = {name: tuple(0.7 * h for h in hs) for name, hs in healthy().items()}
    assert loss_of(small)[0] == pytest.approx(0.1)


def test_genants_twenty_per_cent_is_where_fracture_begins():
    assert fracture_doubt((0.2, "x"), config=TRUST) is None
    assert fracture_doubt((0.201, "x"), config=TRUST) is not None
    assert fracture_doubt(None, config=TRUST) is None


def test_without_heights_nothing_is_said():
    vertebrae = row(*NAMES)
    assert height_loss(vertebrae[2], vertebrae) is None
    alone = vertebra("L1", heights=(17.0, 18.0, 18.0))
    # Alone, only its own posterior height can be compared.
    assert height_loss(alone, [alone])[0] == pytest.approx(1.0 - 17.0 / 18.0)


@pytest.mark.parametrize("name", ["C5", "T2", "S1"])
def test_levels_that_nobody_measures_are_not_compared(name):
    broken = vertebra(name, heights=(5.0, 9.0, 18.0))
    assert height_loss(broken, [broken]) is None


def test_heights_that_are_none_say_nothing():
    flat = vertebra("L1", heights=(0.0, 9.0, 0.0))
    assert height_loss(flat, [flat]) is None


def test_a_neighbour_that_the_field_cuts_is_not_compared():
    vertebrae = row("T12", "L1", "L2", heights=healthy() | {"T12": (9.0, 9.0, 9.0)})
    vertebrae[0] = replace(vertebrae[0], is_whole=False)
    assert height_loss(vertebrae[1], vertebrae)[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"volume_mm3": 4000.0}, "volume of 6 to 90 cm3, found 4"),
        ({"size_mm": (80.0, 33.0, 26.0)}, "width of 18 to 75 mm, found 80"),
        ({"size_mm": (44.0, 12.0, 26.0)}, "depth of 15 to 60 mm, found 12"),
        ({"size_mm": (44.0, 33.0, 55.0)}, "height of 8 to 50 mm, found 55"),
        ({"size_mm": (25.0, 25.0, 40.0)}, "height over width of 0.15 to 1.3, found 1.6"),
    ],
)
def test_no_adult_has_such_a_body(changes, named):
    usual = Evidence(size_mm=(44.0, 33.0, 26.0), volume_mm3=25000.0)
    assert size_doubt(usual, config=TRUST) is None
    doubt = size_doubt(replace(usual, **changes), config=TRUST)
    assert doubt.reason is Reason.IMPLAUSIBLE_GEOMETRY
    assert named in doubt.detail
    assert size_doubt(Evidence(), config=TRUST) is None


def test_distances_of_a_healthy_spine_are_plausible_with_and_without_t13():
    assert not spacing_doubts(row(*NAMES), config=TRUST)
    assert not spacing_doubts(row("T11", "T12", "T13", "L1", "L2"), config=TRUST)
    assert not spacing_doubts(row("L3", "L4", "L5", "S1", pitch_mm=34.0), config=TRUST)
    assert not spacing_doubts(row("L1"), config=TRUST)


def test_what_is_left_of_a_cut_body_lies_too_near_and_proves_nothing():
    vertebrae = row(*NAMES)
    near = replace(vertebrae[0], centroid_mm=(0.0, 0.0, -20.0), is_whole=False)
    assert not spacing_doubts([near, *vertebrae[1:]], config=TRUST)
    assert spacing_doubts([replace(near, is_whole=True), *vertebrae[1:]], config=TRUST)


def test_a_level_that_was_left_out_is_seen_by_the_gap():
    vertebrae = row(*NAMES)
    moved = [*vertebrae[:3], *(replace(v, centroid_mm=(0, 0, -34.0 * i)) for i, v in
             ((4, vertebrae[3]), (5, vertebrae[4])))]  # fmt: skip
    doubts = spacing_doubts(moved, config=TRUST)
    assert set(doubts) == {VertebralLevel.L1, VertebralLevel.L2}
    assert "a distance of L1 and L2 a level of 20.4 to 54.4 mm, found 68" in (
        doubts[VertebralLevel.L1].detail
    )


@pytest.mark.parametrize(
    ("names", "levels"),
    [
        (("T9", "T10", "T13", "L1"), (0, 1, 4, 5)),
        (("T12", "T13", "L3", "L4"), (0, 1, 4, 5)),
        (("T11", "T13", "L2", "L3"), (0, 2, 4, 5)),
    ],
)
def test_levels_that_nobody_outlined_count_beside_t13(names, levels):
    pairs = zip(names, levels, strict=True)
    vertebrae = [vertebra(name, (0.0, 0.0, -34.0 * n)) for name, n in pairs]
    # A pitch that is the same for all passes a range as narrow as this one, and no other.
    narrow = replace(TRUST, spacing_ratio=(0.95, 1.05))
    assert not spacing_doubts(vertebrae, config=narrow)


def test_a_number_that_was_skipped_is_seen_by_the_distance():
    vertebrae = [vertebra(n, (0, 0, -34.0 * i)) for i, n in enumerate(("T12", "L1", "L3", "L4"))]
    assert set(spacing_doubts(vertebrae, config=TRUST)) == {VertebralLevel.L1, VertebralLevel.L3}


def test_a_dent_that_the_outline_smooths_over_is_lost_height():
    body = vertebra("L1", heights=(23.0, 18.4, 21.5))
    loss, text = dent_loss(body, 2.15)
    assert loss == pytest.approx(1.0 - (18.4 - 2.15) / 21.5)
    assert text == "in the middle, where its end plates show 2.1 mm inside its outline"
    doubt = fracture_doubt((loss, text), config=TRUST)
    assert doubt.reason is Reason.FRACTURE


def test_no_dent_and_no_heights_say_nothing():
    assert dent_loss(vertebra("L1", heights=(23.0, 18.4, 21.5)), 0.0) is None
    assert dent_loss(vertebra("L1"), 3.0) is None
