"""Stretches of simulated spines on disk."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.training.stretches import (
    ARCH,
    prepare_stretches,
    read_stretch,
    simulate_stretch,
    write_stretch,
)
from ctbone.volume import to_indices
from tests.training.stretches import stretch


def test_what_is_kept_is_what_is_read(tmp_path):
    kept = stretch(thickness_mm=2.5)
    write_stretch(kept, tmp_path / "deep" / "one.npz")
    read = read_stretch(tmp_path / "deep" / "one.npz")
    assert read.thickness_mm == 2.5
    for name in ("hu", "labels", "affine", "centres_mm", "axes", "levels"):
        found, expected = getattr(read, name), getattr(kept, name)
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["one.npz"]


def test_only_what_is_missing_is_rendered(tmp_path, monkeypatch):
    drawn = []

    def simulate(seed):
        drawn.append(seed)
        return stretch()

    monkeypatch.setattr("ctbone.training.stretches.simulate_stretch", simulate)
    first = prepare_stretches(tmp_path, range(3, 5))
    again = prepare_stretches(tmp_path, range(3, 6))
    assert drawn == [3, 4, 5]
    assert again[:2] == first
    assert all(path.is_file() for path in again)


@pytest.mark.slow
def test_the_truth_of_a_simulation_lies_where_it_says():
    found = simulate_stretch(4)
    assert found.hu.shape == found.labels.shape
    assert found.thickness_mm >= 1.0
    for level, centre, axes in zip(found.levels, found.centres_mm, found.axes, strict=True):
        index = tuple(np.rint(to_indices(found.affine, centre[None])[0]).astype(int))
        assert found.labels[index] == level
        own = np.argwhere(found.labels == level).mean(axis=0)
        assert np.linalg.norm(own - to_indices(found.affine, centre[None])[0]) < 3.0
        arch = np.argwhere(found.labels == level + ARCH).mean(axis=0) - own
        # The arch lies behind its body.
        assert axes[:, 1] @ (found.affine[:3, :3] @ arch) > 15.0
