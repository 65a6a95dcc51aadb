import numpy as np
import pytest

from ctbone.phantom.anatomy import grain
from ctbone.phantom.bone import Interior


def test_the_block_has_no_mean_and_a_known_spread():
    block = grain.block((-2, -2, -2))
    assert abs(float(block.mean())) < 1e-6
    assert float(block.std()) == pytest.approx(1.0, abs=0.08)
    assert not block.flags.writeable


def test_the_block_repeats_without_a_seam():
    block = grain.block((-2, -2, -2))
    inside = np.abs(np.diff(block, axis=0)).mean()
    seam = np.abs(block[0] - block[-1]).mean()
    assert seam == pytest.approx(inside, rel=0.15)


def test_coarse_voxels_average_the_texture_out():
    """Averaging boxes of the fine block leaves what the block of coarse voxels holds."""
    fine = grain.block((-2, -2, -2))
    spreads = [float(grain.block((step,) * 3).std()) for step in (-2, 0, 2, 4, 6)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < 0.15
    # Boxes of 4 cells along all axes of the lattice: the turn of the block hardly matters.
    boxes = fine.reshape(12, 4, 12, 4, 12, 4).mean((1, 3, 5))
    assert float(boxes.std()) == pytest.approx(spreads[3], rel=0.25)


def test_wide_voxels_average_along_their_own_axis_alone():
    flat = grain.averaging(Interior(grain_mm=2.0), (0.7, 0.7, 5.0))
    assert flat[0] == flat[1]
    assert flat[2] > flat[0] + 4


def test_sparse_bone_has_longer_waves_of_texture():
    fine, coarse = (
        np.linalg.norm(grain.to_cells(Interior(grain_mm=mm))[0], 2) for mm in (2.0, 4.0)
    )
    assert fine == pytest.approx(2.0 * coarse)
