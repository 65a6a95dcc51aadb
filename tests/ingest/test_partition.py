"""Each way to part a series, alone: it may not lean on the ways that are tried after it."""

from dataclasses import replace

import pytest

from ctbone.errors import IrregularGeometry
from ctbone.ingest.geometry import stack_geometry
from ctbone.ingest.partition import by_origin, by_rank, by_restart, by_run
from ctbone.ingest.stack import Stack
from tests.ingest.conftest import slice_record


def stack(slices):
    try:
        return Stack(slices=tuple(slices), geometry=stack_geometry(slices), fault="")
    except IrregularGeometry as fault:
        return Stack(slices=tuple(slices), geometry=None, fault=str(fault))


def at(*heights_mm, step_mm=2.5, numbers=None):
    """Slices at whole steps, numbered in the order given unless ``numbers`` says otherwise."""
    return [
        slice_record(
            n,
            position_mm=(-10.5, -20.25, step_mm * height),
            instance_number=n if numbers is None else numbers[n - 1],
        )
        for n, height in enumerate(heights_mm, 1)
    ]


def numbers(parts):
    return [[item.number for item in part] for part in parts]


WAYS = [by_origin, by_rank, by_restart, by_run]


@pytest.mark.parametrize("part", WAYS)
def test_slices_without_geometry_stay_together(part):
    lost = [replace(item, orientation=None) for item in at(0, 1, 2)]
    assert stack(lost).geometry is None
    assert numbers(part(stack(lost))) == [[1, 2, 3]]


@pytest.mark.parametrize("part", WAYS)
def test_one_plain_stack_stays_together(part):
    assert numbers(part(stack(at(0, 1, 2, 3)))) == [[1, 2, 3, 4]]


@pytest.mark.parametrize("step_mm", [0.4, 2.5])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_run_ends_where_the_slices_turn_back(step_mm, sign):
    heights = [sign * height for height in (0, 2, 4, 1, 3, 5)]
    assert numbers(by_run(stack(at(*heights, step_mm=step_mm)))) == [[1, 2, 3], [4, 5, 6]]


def test_a_run_goes_on_where_a_position_comes_twice():
    assert numbers(by_run(stack(at(0, 1, 1, 2, 3)))) == [[1, 2, 3, 4, 5]]
    assert numbers(by_run(stack(at(1, 1, 1)))) == [[1, 2, 3]]


@pytest.mark.parametrize("stated", [(1, 2, 3, None), (1, 2, 3, 3)])
def test_there_are_no_runs_where_instance_numbers_do_not_order_all(stated):
    """The last slice would come first or turn back if it had any place in the order."""
    assert numbers(by_run(stack(at(0, 1, 2, 0.5, numbers=stated)))) == [[1, 2, 3, 4]]


@pytest.mark.parametrize("shift", [(90.0, 0.0), (0.0, 90.0)])
def test_an_origin_is_where_slices_lie_in_their_plane(shift):
    """Instance numbers and heights tell the two fields of view in no way apart."""
    slices = at(0, 0, 1, 1, 2, 2)
    for n in (1, 3, 5):
        x, y, z = slices[n].position_mm
        slices[n] = replace(slices[n], position_mm=(x + shift[0], y + shift[1], z))
    assert numbers(by_origin(stack(slices))) == [[1, 3, 5], [2, 4, 6]]


def test_a_restart_is_where_a_position_comes_again():
    assert numbers(by_restart(stack(at(0, 1, 2, 0, 1, 2)))) == [[1, 2, 3], [4, 5, 6]]


def test_half_of_the_smallest_part_is_a_restart_and_less_is_not():
    assert numbers(by_restart(stack(at(0, 1, 2, 3, 0, 1, 4, 5)))) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert len(by_restart(stack(at(0, 1, 2, 3, 4, 0, 6, 7, 8)))) == 1


def test_a_number_of_zero_is_first():
    slices = at(0, 1, 0, 1, numbers=(1, 2, 0, 3))
    # 0, 1, 2 and 3 are the heights 0, 0, 1 and 1: the second slice is where one comes again.
    assert numbers(by_restart(stack(slices))) == [[3], [1, 2], [4]]


@pytest.mark.parametrize(
    ("stated", "parts"),
    [
        ((1, 2, 3, 4, 5, 6), [[1, 3, 5], [2, 4, 6]]),
        ((2, 1, 4, 3, 6, 5), [[2, 4, 6], [1, 3, 5]]),
        ((1, 4, 2, 5, 3, 6), [[1, 3, 5], [2, 4, 6]]),
        # One position has its numbers in other steps, then all have one number alone.
        ((1, 2, 3, 4, 5, 7), [[1, 2, 3, 4, 5, 6]]),
        ((1, 1, 2, 2, 3, 3), [[1, 2, 3, 4, 5, 6]]),
    ],
)
def test_ranks_are_parted_where_numbers_follow_by_equal_steps(stated, parts):
    assert numbers(by_rank(stack(at(0, 0, 1, 1, 2, 2, numbers=stated)))) == parts


def test_ranks_need_as_many_slices_everywhere():
    assert len(by_rank(stack(at(0, 0, 1)))) == 1
