"""Before it learns, a head that can is the line of the attenuation inside the body."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig
from ctbone.training.heads.beginning import begin_as_line, build_scaled
from ctbone.training.heads.data import PatchExamples, group
from ctbone.training.heads.preparing import Preparation
from tests.training.heads.test_preparing import GRID, config

WINDOW = (-200.0, 600.0)


def examples(levels, targets, *, by_patient=False):
    """Bodies of one attenuation each, two vertebrae a study."""
    count = 2 * len(levels)
    inside = np.zeros((count, *GRID.shape), bool)
    inside[:, 4:16, 3:15, 3:13] = True
    means = np.repeat(levels, 2) + np.tile([-10.0, 10.0], len(levels))
    hu = np.where(inside, means[:, None, None, None], -80.0).astype(np.float32)
    patches = SimpleNamespace(hu=hu, inside=inside, study=np.repeat(np.arange(len(levels)), 2))
    columns = np.full((len(levels), 4), np.nan, np.float32)
    columns[:, 0] = columns[:, 1] = targets
    return PatchExamples(patches, group(patches, np.arange(count), by_patient=by_patient), columns)


def begun(training, tmp_path, **options):
    unit = "patient" if options.get("pooling") == "attention" else "vertebra"
    seen = InputConfig(mask_channel=True, window_hu=WINDOW, unit=unit)
    given = {"backbone": "resnet10", "width": 0.125, "in_channels": 2, "core_voxels": 2} | options
    network = build_scaled(HeadConfig(**given), training, seed=3).eval()
    prepare = Preparation(config(seen, tmp_path), spacing_mm=GRID.spacing_mm)
    begin_as_line(network, prepare, training)
    example = prepare(training[np.arange(len(training))], generator=None)
    with torch.no_grad():
        return network(example.inputs, example.present).numpy()


@pytest.mark.parametrize("task", ["bmd", "t_score", "multitask"])
def test_it_answers_as_the_least_squares_line(task, tmp_path):
    levels = np.array([40.0, 90.0, 150.0, 210.0])
    targets = np.array([35.0, 80.0, 110.0, 190.0])
    found = begun(examples(levels, targets), tmp_path, task=task)
    x, y = np.repeat(levels, 2) + np.tile([-10.0, 10.0], 4), np.repeat(targets, 2)
    slope, intercept = np.polyfit(x, y, 1)
    np.testing.assert_allclose(found[:, 0], slope * x + intercept, atol=0.05)
    about = np.std(y - slope * x - intercept)
    # Beside the least spread that a head can claim.
    least = 0.05 * targets.std()
    np.testing.assert_allclose(np.exp(found[:, 1]), about**2 + least**2, rtol=1e-3)


def test_the_levels_of_a_patient_count_together(tmp_path):
    levels, targets = np.array([40.0, 90.0, 150.0]), np.array([42.0, 80.0, 118.0])
    training = examples(levels, targets, by_patient=True)
    found = begun(training, tmp_path, task="bmd", pooling="attention")
    slope, intercept = np.polyfit(levels, targets, 1)
    # Attention weighs two levels that are alike but for their attenuation a little unlike.
    np.testing.assert_allclose(found[:, 0], slope * levels + intercept, atol=2.0)


def test_patients_without_a_reference_do_not_count(tmp_path):
    levels = np.array([40.0, 90.0, 150.0, 300.0])
    known = np.array([35.0, 75.0, 123.0, np.nan])
    found = begun(examples(levels, known), tmp_path, task="bmd")
    assert np.isfinite(found).all()
    three = begun(examples(levels[:3], known[:3]), tmp_path, task="bmd")
    np.testing.assert_allclose(found[:6], three, rtol=1e-5)


def test_without_a_line_it_begins_as_any_other(tmp_path):
    plain = begun(examples(np.full(3, 90.0), np.array([60.0, 80.0, 100.0])), tmp_path, task="bmd",
                  core_voxels=0)  # fmt: skip
    assert np.isfinite(plain).all()
    even = examples(np.full(3, 90.0), np.array([60.0, 80.0, 100.0]))
    even._hu[:] = 90.0
    assert np.isfinite(begun(even, tmp_path, task="bmd")).all()
    assert np.isfinite(begun(even, tmp_path, task="category")).all()
