"""Centroids mean the same place whichever way image and file run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import IrregularGeometry
from ctbone.training.labelled.centroids import read_centroids
from ctbone.volume import Grid

#: Axes run to the left, forwards and upwards.
AFFINE = np.array([[2.0, 0, 0, 10], [0, -3.0, 0, 20], [0, 0, 4.0, 30], [0, 0, 0, 1]])
GRID = Grid((11, 21, 31), AFFINE)


@pytest.mark.parametrize(
    ("direction", "xyz"),
    [("LAS", (1, 2, 3)), ("RAS", (9, 2, 3)), ("PIR", (18, 27, 9)), ("SLA", (3, 1, 2))],
)
def test_a_voxel_along_named_axes(tmp_path, direction, xyz):
    row = {"label": 20, **dict(zip("XYZ", xyz, strict=True))}
    path = tmp_path / "a_ctd.json"
    path.write_text(json.dumps([{"direction": list(direction)}, row, {**row, "label": 99}]))
    found = read_centroids(path, GRID)
    assert list(found) == [VertebralLevel.L1]
    assert found[VertebralLevel.L1] == pytest.approx([12.0, 14.0, 42.0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "expected centroids as VerSe writes them"),
        ("{", "expected centroids as VerSe writes them"),
        ('[{"direction": ["P", "I", "Q"]}]', "expected centroids as VerSe writes them"),
        ('[{"direction": ["P", "I", "R"]}, {"label": 20}]', "as VerSe writes them"),
        ('[{"direction": ["P", "I", "A"]}]', "expected three directions of a body, found PIA"),
    ],
)
def test_another_file_is_refused(tmp_path, content, words):
    path = tmp_path / "a_ctd.json"
    path.write_text(content)
    with pytest.raises(IrregularGeometry, match=words):
        read_centroids(path, GRID)
