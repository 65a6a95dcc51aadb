from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.errors import IrregularGeometry
from ctbone.ingest import geometry
from ctbone.ingest.geometry import stack_geometry
from ctbone.records import PixelEncoding, SliceRecord
from tests.ingest.stacks import oblique

ENCODING = PixelEncoding(
    transfer_syntax_uid="1.2.840.10008.1.2.1",
    bits_allocated=16,
    bits_stored=16,
    is_signed=True,
    samples_per_pixel=1,
    photometric="MONOCHROME2",
    rescale_slope=1.0,
    rescale_intercept=0.0,
    rescale_type="HU",
    padding=None,
    is_lossy=False,
)


def slices_at(heights_mm, *, axes=None, drift=(0.0, 0.0), origin=(1.5, -2.5, 7.25)):
    """Slices at heights along the normal, drifting in their plane by ``drift`` a millimetre."""
    axes = oblique() if axes is None else axes
    row, column, _ = axes.T
    return [
        SliceRecord(
            number=number,
            path=Path("unread"),
            frame=0,
            sop_instance_uid="",
            position_mm=tuple(origin + axes @ (drift[0] * h, drift[1] * h, h)),
            orientation=(*row, *column),
            spacing_mm=(0.9, 0.7),
            rows=6,
            columns=5,
            slice_thickness_mm=None,
            acquisition=None,
            instance_number=None,
            image_type=(),
            encoding=ENCODING,
            pixel_offset=None,
            pixel_length=None,
        )
        for number, h in enumerate(heights_mm, 1)
    ]


def is_regular(stack):
    is_whole = stack.spacing_mm > 0.0 and not (stack.gaps or stack.duplicates)
    return is_whole and not stack.is_irregular and not stack.drift.any()


@given(
    degrees=st.tuples(*[st.floats(-179, 179)] * 3),
    spacing=st.floats(0.3, 7.0),
    order=st.permutations(range(7)),
)
@settings(deadline=None, max_examples=40)
def test_affine_is_exact_in_any_orientation_and_order(degrees, spacing, order):
    axes = oblique(degrees)
    slices = slices_at([spacing * k for k in order], axes=axes)
    stack = stack_geometry(slices)
    assert is_regular(stack)
    assert [order[index] for index in stack.order] == list(range(7))
    expected = axes * (0.9, 0.7, spacing)
    np.testing.assert_allclose(stack.affine()[:3, :3], expected, atol=1e-9)
    np.testing.assert_allclose(stack.affine()[:3, 3], (1.5, -2.5, 7.25), atol=1e-9)


def test_a_gap_of_whole_slices_is_named_by_its_neighbours():
    stack = stack_geometry(slices_at([0.0, 5.0, 20.0, 25.0]))
    (gap,) = stack.gaps
    assert (gap.before, gap.after, gap.missing) == (1, 2, 2)
    assert gap.length_mm == pytest.approx(15.0)
    assert stack.spacing_mm == pytest.approx(5.0)
    assert not stack.is_irregular


def test_one_gap_in_three_slices_is_still_a_gap():
    stack = stack_geometry(slices_at([0.0, 5.0, 15.0]))
    assert [gap.missing for gap in stack.gaps] == [1]


@pytest.mark.parametrize("heights", [[0, 1, 2, 3.5, 4.5], [0, 1, 1.4, 2.4, 3.4], [0, 3, 5, 9, 10]])
def test_steps_that_no_grid_explains_are_irregular(heights):
    stack = stack_geometry(slices_at(heights))
    assert stack.is_irregular
    assert not is_regular(stack)


def test_positions_rounded_to_a_tenth_of_a_millimetre_are_regular():
    heights = [round(0.625 * k, 1) for k in range(300)]
    stack = stack_geometry(slices_at(heights))
    assert is_regular(stack)
    assert stack.spacing_mm == pytest.approx(0.625, abs=1e-3)


def test_slices_at_one_position_are_grouped():
    stack = stack_geometry(slices_at([0.0, 1.0, 1.0, 2.0, 2.0]))
    assert [sorted(group) for group in stack.duplicates] == [[1, 2], [3, 4]]
    assert stack.spacing_mm == pytest.approx(1.0)
    assert not is_regular(stack)


def test_one_position_has_no_spacing():
    stack = stack_geometry(slices_at([4.0, 4.0]))
    assert stack.spacing_mm == 0.0
    assert not is_regular(stack)
    assert not stack.is_irregular


def test_two_slices_are_a_grid():
    stack = stack_geometry(slices_at([1.0, 3.5]))
    assert is_regular(stack)
    assert stack.spacing_mm == pytest.approx(2.5)


def test_many_slices_at_one_position_keep_the_order_in_which_they_were_found():
    stack = stack_geometry(slices_at([float(n % 2) for n in range(60)]))
    assert stack.duplicates == (tuple(range(0, 60, 2)), tuple(range(1, 60, 2)))


def test_on_no_grid_the_spacing_is_the_lower_median_step():
    stack = stack_geometry(slices_at([0.0, 5.0, 15.0, 30.0]))
    assert stack.is_irregular
    assert stack.spacing_mm == pytest.approx(10.0)


def test_on_a_fine_grid_a_slice_may_be_off_by_a_quarter_of_a_step():
    heights = [0.2 * k for k in range(9)]
    assert is_regular(stack_geometry(slices_at([*heights[:4], 0.84, *heights[5:]])))
    assert stack_geometry(slices_at([*heights[:4], 0.87, *heights[5:]])).is_irregular


def test_axes_are_orthonormal_where_headers_round():
    rounded = [tuple(np.round(oblique()[:, n], 3)) for n in (0, 1)]
    slices = [replace(s, orientation=(*rounded[0], *rounded[1])) for s in slices_at([0.0, 1.0])]
    axes = stack_geometry(slices).axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(axes, oblique(), atol=1e-3)


#: Where coordinates are exact: no rotation, no offset.
UPRIGHT = {"axes": np.eye(3), "origin": (0.0, 0.0, 0.0)}


def test_a_tolerance_itself_is_within_it():
    assert stack_geometry(slices_at([0.0, 0.01], **UPRIGHT)).duplicates == ((0, 1),)
    slices = slices_at([0.0, 10.0], **UPRIGHT)
    nudged = replace(slices[1], position_mm=(0.1, 0.0, 10.0))
    assert is_regular(stack_geometry([slices[0], nudged]))
    beside = replace(slices[1], position_mm=(1.0, 0.0, 0.01))
    assert stack_geometry([slices[0], beside]).is_irregular
    quarter = stack_geometry(slices_at([0.0, 0.3125, 0.5], **UPRIGHT))
    assert (quarter.gaps, quarter.is_irregular) == ((), False)
    turned = [replace(slices[1], orientation=(1.0, 0.001, 0.0, 0.0, 1.0, 0.0)), slices[0]]
    assert is_regular(stack_geometry(turned))
    skewed = [replace(s, orientation=(1.0, 0.0, 0.0, 0.001, 1.0, 0.0)) for s in slices]
    assert stack_geometry(skewed).spacing_mm == pytest.approx(10.0)


@pytest.mark.parametrize("degrees", [-25.0, 3.0, 16.5])
def test_tilt_is_the_angle_of_the_drift(degrees):
    drift = (0.0, np.tan(np.radians(degrees)))
    stack = stack_geometry(slices_at(np.arange(9) * 2.5, drift=drift))
    assert stack.tilt_degrees == pytest.approx(abs(degrees))
    assert not is_regular(stack)
    assert not stack.is_irregular


def test_tolerances_that_binary_numbers_can_meet_are_within_themselves(monkeypatch):
    monkeypatch.setattr(geometry, "POSITION_TOLERANCE_MM", 0.125)
    monkeypatch.setattr(geometry, "SPACING_TOLERANCE", 0.125)
    upright = slices_at([0.0, 1.0, 2.0], **UPRIGHT)
    drifting = [
        replace(item, position_mm=(x, 0.0, z), spacing_mm=(width, 0.5))
        for item, x, z, width in zip(
            upright, (0.0, 0.625, 1.0), (0.0, 1.0, 2.0), (1.0, 1.125, 1.0), strict=True
        )
    ]
    assert not stack_geometry(drifting).is_irregular


@pytest.mark.parametrize("heights", [[0.0, 2.5], [0.0, 0.0, 2.5, 5.0], [0.0, 2.5, 5.0, 5.0]])
def test_a_drift_is_that_of_first_and_last_slice(heights):
    stack = stack_geometry(slices_at(heights, drift=(0.1, -0.3)))
    assert stack.drift == pytest.approx([0.1, -0.3])
    assert not stack.is_irregular


def test_slices_beside_each_other_do_not_drift():
    slices = slices_at([0.0, 0.0], **UPRIGHT)
    beside = replace(slices[1], position_mm=(1.0, 0.0, 0.0))
    stack = stack_geometry([slices[0], beside])
    assert stack.is_irregular
    assert stack.drift.tolist() == [0.0, 0.0]
    assert stack_geometry(slices).drift.tolist() == [0.0, 0.0]


def test_a_drift_below_the_rounding_of_headers_is_none():
    stack = stack_geometry(slices_at(np.arange(100) * 1.0, drift=(5e-4, 0.0)))
    assert is_regular(stack)
    assert stack.tilt_degrees == 0.0


def test_in_plane_positions_off_a_line_are_irregular():
    slices = slices_at(np.arange(5) * 1.0)
    x, y, z = slices[2].position_mm
    slices[2] = replace(slices[2], position_mm=tuple(np.array([x, y, z]) + oblique()[:, 0]))
    assert stack_geometry(slices).is_irregular


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 7}, "must share one size; files 1 and 3 differ"),
        ({"spacing_mm": (0.9, 0.75)}, "must share one spacing; files 1 and 3 differ"),
        ({"orientation": (1, 0, 0, 0, 0, 1)}, "must share one orientation; files 1 and 3 differ"),
        ({"position_mm": None}, "must state position, orientation and pixel spacing; file 3"),
        ({"position_mm": (0, 0, float("nan"))}, "must state position"),
        ({"spacing_mm": (0.0, 0.7)}, "pixel spacing must be positive"),
    ],
)
def test_slices_that_differ_or_say_nothing_are_refused(change, message):
    slices = slices_at(np.arange(4) * 1.0)
    slices[2] = replace(slices[2], **change)
    with pytest.raises(IrregularGeometry, match=message):
        stack_geometry(slices)


def test_directions_that_are_not_orthogonal_are_refused():
    slices = [replace(s, orientation=(1, 0, 0, 0.2, 0.98, 0)) for s in slices_at([0.0, 1.0])]
    with pytest.raises(IrregularGeometry, match="orthogonal unit vectors"):
        stack_geometry(slices)


def test_no_slices_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="at least one slice"):
        stack_geometry([])
