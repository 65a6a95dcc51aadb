import math
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.ingest import geometry, stacks
from ctbone.ingest.stacks import split_stacks
from tests.ingest.conftest import ENCODING, slice_record

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def axial(count, *, first=1, **values):
    return [slice_record(first + n, **values) for n in range(count)]


def sizes(slices):
    return [len(stack.slices) for stack in split_stacks(slices)]


@given(order=st.permutations(range(12)))
@settings(max_examples=40, deadline=None)
def test_order_of_files_does_not_split_a_stack(order):
    slices = axial(12)
    (stack,) = split_stacks([replace(slices[n], number=k) for k, n in enumerate(order)])
    assert stack.is_sound
    assert stack.geometry.spacing_mm == pytest.approx(2.5)


@pytest.mark.parametrize("count", [2, 3])
def test_acquisitions_that_interleave_to_one_grid_are_told_apart(count):
    slices = [replace(item, acquisition=item.number % count) for item in axial(40 * count)]
    stacks = split_stacks(slices)
    assert [len(stack.slices) for stack in stacks] == [40] * count
    assert all(len({item.acquisition for item in stack.slices}) == 1 for stack in stacks)
    assert [s.geometry.spacing_mm for s in stacks] == pytest.approx([2.5 * count] * count)


@pytest.mark.parametrize("told_by", ["kernel", "phase", "instance_number"])
def test_reconstructions_that_interleave_are_told_apart(told_by):
    slices = [replace(item, instance_number=5) for item in axial(80)]
    for n, item in enumerate(slices):
        own = {
            "kernel": ("B30f", "B70f")[n % 2],
            "phase": (n % 2, "1"),
            "instance_number": n // 2 + 100 * (n % 2),
        }
        slices[n] = replace(item, **{told_by: own[told_by]})
    stacks = split_stacks(slices)
    assert [[item.number % 2 for item in stack.slices] for stack in stacks] == [[1] * 40, [0] * 40]
    assert [s.geometry.spacing_mm for s in stacks] == pytest.approx([5.0, 5.0])


@pytest.mark.parametrize("numbers", [range(40, 0, -1), [1] * 40, [None] * 40])
def test_instance_numbers_that_do_not_turn_back_split_nothing(numbers):
    slices = [replace(item, instance_number=n) for item, n in zip(axial(40), numbers, strict=True)]
    (stack,) = split_stacks(slices)
    assert stack.is_sound


@pytest.mark.parametrize("told_by", ["phase", "kernel"])
def test_phases_in_one_file_are_told_apart_by_frame(told_by):
    slices = [
        slice_record(
            1,
            frame=n,
            instance_number=1,
            position_mm=(0.0, 0.0, 2.5 * (n % 12)),
            **{told_by: (n // 12, "") if told_by == "phase" else f"B{30 + 10 * (n // 12)}f"},
        )
        for n in range(24)
    ]
    stacks = split_stacks(slices)
    assert [[item.frame // 12 for item in s.slices] for s in stacks] == [[0] * 12, [1] * 12]
    assert all(stack.is_sound for stack in stacks)


@pytest.mark.parametrize("each", [1, 2, 4, 20])
def test_an_examination_step_by_step_stays_one_stack(each):
    slices = [replace(item, acquisition=(item.number - 1) // each) for item in axial(40)]
    (stack,) = split_stacks(slices)
    assert stack.is_sound


@pytest.mark.parametrize(("count", "parts"), [(10, [10]), (11, [6, 5]), (12, [6, 6])])
def test_acquisitions_interleave_from_four_fifths_of_their_range_on(count, parts):
    """Of ten every other slice they share 7 steps of 9, of eleven 8 of 10, of twelve 9 of 11."""
    assert sizes([replace(item, acquisition=item.number % 2) for item in axial(count)]) == parts


@pytest.mark.parametrize(("count", "parts"), [(32, [3] * 32), (33, [99])])
def test_a_series_has_thirty_two_parts_at_most_and_each_three_slices_at_least(count, parts):
    slices = [
        replace(item, number=3 * phase + item.number, acquisition=phase, sop_instance_uid="")
        for phase in range(count)
        for item in axial(3)
    ]
    assert sizes(slices) == parts


@pytest.mark.parametrize("times", [1, 4])
def test_acquisitions_that_form_no_grid_of_their_own_stay_one_stack(times):
    numbers = (1, 1, 2, 1, 2, 2, 2, 1, 2, 1, 1, 2) * times
    slices = [replace(s, acquisition=n) for s, n in zip(axial(12 * times), numbers, strict=True)]
    (stack,) = split_stacks(slices)
    assert stack.is_sound


def test_orientations_in_one_series_are_told_apart():
    sagittal = [
        slice_record(20 + n, orientation=SAGITTAL, position_mm=(3.0 * n, 0.0, 0.0))
        for n in range(5)
    ]
    assert sizes([*axial(6), *sagittal]) == [6, 5]


def test_rounding_of_cosines_does_not_split():
    slices = axial(6)
    slices[3] = replace(slices[3], orientation=(1.0, 0.0003, 0.0, -0.0003, 1.0, 0.0))
    assert sizes(slices) == [6]


@pytest.mark.parametrize("turn", [0.0003, 0.001])
def test_slices_join_the_group_that_they_are_near(turn):
    """Axial, coronal and sagittal, of which one of each is off by what headers round."""
    planes = [((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
              ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))]  # fmt: skip
    slices = []
    for row, column in planes:
        for n in range(4):
            off = row if n else (row[0], row[1], turn)
            slices.append(slice_record(len(slices), orientation=(*off, *column)))
    assert sizes(slices) == [4, 4, 4]


@pytest.mark.parametrize(
    ("first", "second", "parts"),
    [
        # The tolerance is a share of each spacing.
        ((4.0, 0.5), (4.003, 0.5), [6]),
        ((4.0, 0.5), (4.005, 0.5), [3, 3]),
        ((0.5, 4.0), (0.5, 4.003), [6]),
        ((0.5, 4.0), (0.503, 4.0), [3, 3]),
    ],
)
def test_spacings_are_alike_within_a_thousandth(first, second, parts):
    assert sizes([*axial(3, spacing_mm=first), *axial(3, first=4, spacing_mm=second)]) == parts


def test_a_spacing_that_is_off_by_the_tolerance_is_alike(monkeypatch):
    for module in (geometry, stacks):
        monkeypatch.setattr(module, "SPACING_TOLERANCE", 0.125)
    wide, narrow = (1.125, 0.5), (1.0, 0.5)
    slices = [*axial(3, spacing_mm=wide), *axial(3, first=4, spacing_mm=narrow)]
    assert sizes(slices) == [6]


def test_a_spacing_joins_the_one_that_it_is_near():
    fine, coarse = (0.5, 0.5), (4.0, 4.0)
    slices = [*axial(3, spacing_mm=fine), *axial(3, first=4, spacing_mm=coarse),
              *axial(3, first=7, spacing_mm=(4.003, 4.0))]  # fmt: skip
    assert sizes(slices) == [3, 6]


def test_slices_that_say_nothing_are_lost_by_themselves_and_say_why():
    lost = [slice_record(20, orientation=None), slice_record(21, position_mm=None),
            slice_record(22, spacing_mm=None)]  # fmt: skip
    sound, *others = split_stacks([*axial(6), *lost])
    assert (len(sound.slices), sound.fault) == (6, "")
    assert [[item.number for item in stack.slices] for stack in others] == [[20], [21], [22]]
    for stack in others:
        assert stack.geometry is None
        assert "must state position, orientation and pixel spacing" in stack.fault


def test_scout_size_and_spacing_are_told_apart():
    scout = slice_record(30, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    large = slice_record(31, rows=12)
    coarse = slice_record(32, spacing_mm=(1.8, 1.4))
    lossy = slice_record(33, encoding=replace(ENCODING, is_lossy=True))
    lost = slice_record(34, position_mm=None)
    assert sizes([*axial(6), scout, large, coarse, lossy, lost]) == [6, 1, 1, 1, 1, 1]


def test_phases_are_told_apart_by_acquisition():
    first = axial(8, acquisition=1)
    second = [replace(item, number=item.number + 50, acquisition=2,
                      sop_instance_uid=f"9.{item.number}") for item in first]  # fmt: skip
    stacks = split_stacks([s for pair in zip(first, second, strict=True) for s in pair])
    assert [{item.acquisition for item in stack.slices} for stack in stacks] == [{1}, {2}]
    assert all(stack.is_sound for stack in stacks)


@pytest.mark.parametrize("is_interleaved", [False, True])
def test_phases_are_told_apart_by_instance_number(is_interleaved):
    slices = []
    for n in range(8):
        for phase in range(2):
            instance = 2 * n + phase if is_interleaved else n + 8 * phase
            height = 2.5 * n
            slices.append(
                slice_record(
                    len(slices),
                    instance_number=instance,
                    sop_instance_uid=f"9.{phase}.{n}",
                    position_mm=(-10.5, -20.25, height),
                )
            )
    stacks = split_stacks(slices)
    phases = [{item.sop_instance_uid[2] for item in stack.slices} for stack in stacks]
    assert phases == [{"0"}, {"1"}]
    assert all(stack.is_sound for stack in stacks)


def test_two_fields_of_view_are_told_apart():
    left = axial(6)
    right = axial(6, first=20)
    right = [
        replace(b, position_mm=(90.0, *a.position_mm[1:]))
        for a, b in zip(left, right, strict=True)
    ]
    assert sizes([*left, *right]) == [6, 6]


def test_separate_ranges_of_two_acquisitions_are_two_stacks():
    chest, pelvis = axial(6, acquisition=1), axial(6, first=40, acquisition=2)
    stacks = split_stacks([*chest, *pelvis])
    assert [len(stack.slices) for stack in stacks] == [6, 6]
    assert all(stack.is_sound for stack in stacks)


def test_missing_slice_is_a_gap_and_no_reason_to_split():
    slices = axial(10)
    del slices[4]
    (stack,) = split_stacks(slices)
    assert not stack.is_sound
    assert [gap.missing for gap in stack.geometry.gaps] == [1]


def test_copies_of_one_instance_do_not_contradict():
    slices = axial(6)
    (stack,) = split_stacks([*slices, replace(slices[2], number=77)])
    assert stack.contradicting == ()
    assert stack.is_sound
    (stack,) = split_stacks([*slices, replace(slices[2], number=77, sop_instance_uid="9")])
    assert stack.contradicting == ((2, 6),)


def test_four_slices_at_one_position_stay_together():
    slices = [slice_record(n, acquisition=n, position_mm=(0.0, 0.0, 61.5)) for n in range(4)]
    (stack,) = split_stacks(slices)
    assert len(stack.contradicting) == 1
    assert not stack.is_sound


def test_no_slices_are_no_stacks():
    assert split_stacks([]) == ()


def test_thousands_of_orientations_do_not_take_forever():
    slices = [
        slice_record(
            n, orientation=(math.cos(n), math.sin(n), 0.0, -math.sin(n), math.cos(n), 0.0)
        )
        for n in range(3000)
    ]
    start = time.perf_counter()
    assert sum(sizes(slices)) == 3000
    assert time.perf_counter() - start < 20.0
