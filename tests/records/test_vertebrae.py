"""Located vertebrae are sound once they are made."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.records import BodyMask, VertebraLocalisation

VERTEBRA = VertebraLocalisation(
    VertebralLevel.L1, (1.0, 2.0, 3.0), np.eye(3), 0.9, None, is_whole=True
)


def test_volume_is_that_of_the_voxels_however_they_run():
    inside = np.zeros((4, 5, 6), np.bool_)
    inside[1:3, 1:4, 2:4] = True
    spacing = np.array([0.7, 1.5, 4.0])
    mirrored = np.eye(4)
    mirrored[:3, :3] = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) * spacing
    assert BodyMask(inside, mirrored).volume_mm3 == pytest.approx(12 * spacing.prod())


def test_a_mask_cannot_be_changed_and_leaves_what_it_was_made_of_free():
    inside = np.ones((2, 2, 2), np.bool_)
    mask = BodyMask(inside, np.eye(4))
    with pytest.raises(ValueError, match="read-only"):
        mask.inside[0, 0, 0] = False
    assert not mask.affine.flags.writeable
    assert inside.flags.writeable


@pytest.mark.parametrize(
    ("inside", "affine", "said"),
    [
        (
            np.ones((2, 2), np.bool_),
            np.eye(4),
            r"inside must be bool \(I, J, K\), got bool \(2, 2\)",
        ),
        (np.ones((2, 2, 2), np.uint8), np.eye(4), "inside must be bool .*, got uint8"),
        (np.ones((2, 2, 2), np.bool_), np.eye(3), r"affine must be \(4, 4\), got \(3, 3\)"),
    ],
)
def test_what_is_no_mask_is_refused(inside, affine, said):
    with pytest.raises(ValueError, match=said):
        BodyMask(inside, affine)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"axes": 1.01 * np.eye(3)}, "axes must be three orthogonal unit vectors"),
        ({"axes": np.eye(2)}, "axes must be three orthogonal unit vectors"),
        ({"confidence": 1.1}, r"confidence must lie in \[0, 1\], got 1.1"),
        ({"confidence": float("nan")}, "confidence must lie in"),
    ],
)
def test_a_vertebra_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        replace(VERTEBRA, **changes)
