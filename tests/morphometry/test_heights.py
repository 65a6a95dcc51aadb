"""Heights are those of the body, however its mask lies and whatever hangs on it."""

from functools import partial

import numpy as np
import pytest

from ctbone.morphometry import with_morphometry
from tests.morphometry.bodies import body_inside, frame, heights_of, localised, masked

SHAPES = {
    "ordinary": (24.0, 22.0, 26.0),
    "wedged": (15.0, 18.0, 25.0),
    "biconcave": (25.0, 15.0, 25.0),
    "crushed": (13.0, 12.0, 13.0),
}


@pytest.mark.parametrize("heights", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("spacing", [(0.8, 0.8, 1.0), (1.25, 1.25, 1.25), (1.5, 1.5, 1.5)])
def test_heights_are_found_in_any_orientation(heights, spacing):
    axes = frame((11.0, -7.0, 9.0))
    body = masked(
        partial(body_inside, heights=heights),
        axes=axes,
        lattice=frame((4, 8, -6)),
        spacing=spacing,
    )
    found = heights_of(with_morphometry(localised(body, axes=axes)))
    np.testing.assert_allclose(found, heights, atol=0.8)


@pytest.mark.parametrize("kind", ["wedged", "biconcave", "crushed"])
@pytest.mark.parametrize("seed", range(3))
def test_deformities_are_right_to_half_a_millimetre_in_masks_as_fine_as_outlines(kind, seed):
    heights = SHAPES[kind]
    turn = np.random.default_rng(seed).uniform(-8.0, 8.0, 3)
    axes = frame(turn)
    inside = partial(body_inside, heights=heights)
    body = masked(inside, axes=axes, lattice=axes, spacing=(0.625, 0.625, 0.625))
    found = heights_of(with_morphometry(localised(body, axes=axes), refine_axes=False))
    np.testing.assert_allclose(found, heights, atol=0.5)


@pytest.mark.parametrize("tilt", [0.0, 6.0, 14.0])
def test_masks_of_thick_slices_give_heights_within_their_stairs(tilt):
    axes = frame((tilt, 3.0, 0.0))
    body = masked(body_inside, axes=axes, spacing=(0.8, 0.8, 5.0))
    found = heights_of(with_morphometry(localised(body, axes=axes)))
    np.testing.assert_allclose(found, SHAPES["ordinary"], atol=3.5)


def test_spurs_on_the_rim_do_not_move_the_heights():
    def with_spur(own):
        left, back, up = own
        lip = (back < -13.0) & (back > -21.0) & (np.abs(left) < 14.0)
        return body_inside(own) | (lip & (up > 8.0) & (up < 12.0))

    plain = heights_of(with_morphometry(localised(masked(body_inside), axes=np.eye(3))))
    spurred = heights_of(with_morphometry(localised(masked(with_spur), axes=np.eye(3))))
    np.testing.assert_allclose(spurred, plain, atol=0.7)


def test_a_thorn_over_the_disc_and_a_hole_at_the_back_do_not_move_them():
    def torn(own):
        left, back, up = own
        thorn = (np.abs(left - 2.0) < 1.2) & (np.abs(back + 14.0) < 3.0) & (up > 0) & (up < 19.0)
        hole = (back > 4.0) & (np.abs(left) < 4.0) & (np.abs(up) < 2.0)
        return (body_inside(own) & ~hole) | thorn

    plain = heights_of(with_morphometry(localised(masked(body_inside), axes=np.eye(3))))
    found = heights_of(with_morphometry(localised(masked(torn), axes=np.eye(3))))
    np.testing.assert_allclose(found, plain, atol=0.7)


def test_sites_follow_the_wall_at_mid_height():
    body = masked(partial(body_inside, waist=0.1))
    found = heights_of(with_morphometry(localised(body, axes=np.eye(3))))
    # The mean of 1 - 0.1 (1 - z^2) over the middle half of the height is 0.908.
    shares = np.array([0.034, 0.538, 0.982])
    curve = np.polyfit(-1.0 + 1.8 * shares, SHAPES["ordinary"], 2)
    np.testing.assert_allclose(found, np.polyval(curve, 0.908 * (-1.0 + 1.8 * shares)), atol=0.6)
