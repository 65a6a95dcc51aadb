"""Patches survive their file."""

from __future__ import annotations

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.patches import VertebraPatch
from ctbone.training.heads.kept import read_patches, write_patches


def test_patches_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(1)
    patches = [
        VertebraPatch(
            level, rng.normal(size=(4, 5, 6)).astype(np.float32), rng.random((4, 5, 6)) > 0.5,
            np.diag([2.0, 2.0, 1.0, 1.0]),
        )
        for level in (VertebralLevel.L1, VertebralLevel.L2)
    ]  # fmt: skip
    write_patches(tmp_path / "a.npz", patches)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    for one, other in zip(patches, read_patches(tmp_path / "a.npz"), strict=True):
        assert one.level is other.level
        for part in ("hu", "inside", "affine"):
            assert np.array_equal(getattr(one, part), getattr(other, part))
