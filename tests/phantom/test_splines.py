import numpy as np
import pytest

from ctbone.phantom.splines import at_points, basis, steepness


def test_weights_sum_to_one_and_reach_the_ends():
    found = basis(np.linspace(0.0, 1.0, 33), 8)
    assert np.allclose(found.sum(1), 1.0)
    assert found.min() >= 0.0
    assert found[0, 0] == pytest.approx(1 / 6)
    assert found[-1, -1] == pytest.approx(1 / 6)


def _slope(axis, of, mm_per_coefficient):
    """Return coefficients of a displacement along ``of`` that grows along ``axis`` (i, j, k)."""
    found = np.zeros((3, 8, 8, 8))
    shape = [1, 1, 1]
    shape[2 - axis] = 8
    found[of] = mm_per_coefficient * np.arange(8.0).reshape(shape)
    return found


@pytest.mark.parametrize("axis", range(3))
def test_a_ramp_is_a_ramp(axis):
    """Five pieces from end to end: five coefficients' worth, along the axis that it belongs to."""
    shares = np.full((2, 3), 0.4)
    shares[:, axis] = (0.0, 1.0)
    low, high = at_points(_slope(axis, 1, 2.0), shares)
    assert high - low == pytest.approx([0.0, 10.0, 0.0])


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("of", range(3))
def test_a_ramp_is_as_steep_as_the_lattice_is_short(axis, of):
    extent = [100.0, 200.0, 400.0]
    assert steepness(_slope(axis, of, 4.0), tuple(extent)) == pytest.approx(20.0 / extent[axis])
