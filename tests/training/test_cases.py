"""Cases survive their file."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from ctbone.training.cases import Case, read_case, write_case


@pytest.fixture
def case():
    rng = np.random.default_rng(2)
    voxels = {name: rng.integers(0, 200, (3, 4, 5)) for name in ("body", "disc", "labels")}
    return Case(
        hu=rng.integers(-1000, 1000, (3, 4, 5)).astype(np.int16),
        **{name: values.astype(np.uint8) for name, values in voxels.items()},
        centres=rng.random((2, 3)).astype(np.float32),
        levels=np.array([20, 21], np.uint8),
        ribbed=np.array([19], np.uint8),
        unlabelled=("discs", "kinds"),
    )


def test_a_case_is_read_as_it_was_written(case, tmp_path):
    path = tmp_path / "deep" / "case.npz"
    write_case(case, path)
    assert [one.name for one in path.parent.iterdir()] == ["case.npz"]
    found = read_case(path)
    for one in fields(Case):
        assert np.array_equal(getattr(found, one.name), getattr(case, one.name))
    assert found.unlabelled == ("discs", "kinds")


def test_a_case_of_before_there_was_labelled_data_knows_everything(case, tmp_path):
    write_case(case, tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "unlabelled"}
    np.savez(tmp_path / "old.npz", **kept)
    assert read_case(tmp_path / "old.npz").unlabelled == ()
