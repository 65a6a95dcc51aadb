"""A patch and its lattice refuse what they cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.patches import PatchGrid, VertebraPatch

HU = np.zeros((4, 3, 2), np.float32)
INSIDE = np.zeros((4, 3, 2), bool)


def test_a_patch_knows_the_grid_that_it_was_cut_on():
    offset = (0.0, 10.0, 0.0)
    patch = VertebraPatch(
        VertebralLevel.L1, HU, INSIDE, np.diag([1.0, 2.0, 3.0, 1.0]), offset_mm=offset
    )
    grid = PatchGrid((4, 3, 2), (1.0, 2.0, 3.0), offset)
    assert patch.is_of(grid)
    assert not patch.is_of(PatchGrid((4, 3, 3), grid.spacing_mm, offset))
    assert not patch.is_of(PatchGrid(grid.shape, (1.0, 2.0, 2.9), offset))
    assert not patch.is_of(PatchGrid(grid.shape, grid.spacing_mm))


def test_a_patch_cannot_be_written_to():
    patch = VertebraPatch(VertebralLevel.L1, HU, INSIDE, np.eye(4))
    assert not any(getattr(patch, n).flags.writeable for n in ("hu", "inside", "affine"))
    assert HU.flags.writeable


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PatchGrid(shape=(0, 4, 4)), "three positive numbers"),
        (lambda: PatchGrid(spacing_mm=(1.0, 0.0, 1.0)), "three positive lengths"),
        (lambda: PatchGrid(offset_mm=(0.0, float("nan"), 0.0)), "offset_mm must be three lengths"),
        (
            lambda: VertebraPatch(VertebralLevel.L1, HU.astype(float), INSIDE, np.eye(4)),
            "hu must be float32",
        ),
        (
            lambda: VertebraPatch(VertebralLevel.L1, HU, INSIDE[0], np.eye(4)),
            "inside must be bool",
        ),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
