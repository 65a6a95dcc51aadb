import numpy as np
import pytest

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.slices import plan_stack


def stack_of(count=60, spacing=1.0, **scan):
    return plan_stack(count, spacing, ScanConfig(**scan))


def test_without_wishes_slices_are_those_that_were_painted():
    assert stack_of().is_plain
    assert stack_of(slice_thickness_mm=0.5).is_plain
    assert not stack_of(slice_thickness_mm=2.0).is_plain


@pytest.mark.parametrize(
    ("thickness", "increment"), [(1.0, 1.0), (5.0, 5.0), (5.0, 2.5), (3.0, 0.8)]
)
def test_slices_lie_evenly_within_what_was_painted(thickness, increment):
    stack = stack_of(slice_thickness_mm=thickness, slice_increment_mm=increment)
    centres = stack.centres()
    assert np.diff(centres) == pytest.approx(increment)
    assert centres[0] - 0.5 * thickness >= -0.5 - 1e-9
    assert centres[-1] + 0.5 * thickness <= 59.5 + 1e-9
    assert centres[0] + centres[-1] == pytest.approx(59.0)
    assert centres[-1] + increment + 0.5 * thickness > 59.5


def test_thick_slices_of_few_are_one():
    assert stack_of(count=3, slice_thickness_mm=5.0, slice_increment_mm=5.0).count == 1


@pytest.mark.parametrize("thickness", [1.0, 2.0, 3.3, 5.0])
def test_a_slice_is_as_thick_as_it_says(thickness):
    """Full width at half maximum of the profile, sampled by moving a slice over the painted."""
    stack = stack_of(slice_thickness_mm=thickness)
    profile = []
    for centre in np.arange(25.0, 35.0, 0.05):
        part, share = stack.weights(centre, 60)
        assert share.sum() == pytest.approx(1.0)
        profile.append(share[30 - part.start] if part.start <= 30 < part.stop else 0.0)
    profile = np.array(profile)
    width = 0.05 * (profile > 0.5 * profile.max()).sum()
    assert width == pytest.approx(max(thickness, 1.0), abs=0.2)
    assert 0.05 * profile.sum() == pytest.approx(1.0, rel=0.01)


def test_slices_at_the_end_average_what_there_is():
    part, share = stack_of(slice_thickness_mm=6.0).weights(0.0, 60)
    assert part.start == 0
    assert share.sum() == pytest.approx(1.0)
    assert share[0] == share.max()


def test_overlapping_slices_say_so():
    assert stack_of(slice_thickness_mm=5.0, slice_increment_mm=2.5).overlaps
    assert not stack_of(slice_thickness_mm=5.0, slice_increment_mm=8.0).overlaps
    assert not stack_of().overlaps
