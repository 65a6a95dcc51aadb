"""Held-out patients are asked about by scan, as they are or as another scanner might read them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ctbone.patches import InputConfig
from ctbone.records import BoneCategory
from ctbone.training import FitConfig
from ctbone.training.heads.answers import answer, held_out, joined
from ctbone.training.heads.data import PatchExamples, group
from ctbone.training.heads.preparing import Preparation
from ctbone.training.heads.targets import CATEGORY
from tests.training.augmentation.conftest import STILL
from tests.training.heads.cohorts import row
from tests.training.heads.test_preparing import GRID, config

FIT = FitConfig(batch_size=2, device="cpu")

#: HU from no attenuation to all of it, so that inputs are read back as HU.
WINDOW = (-1000.0, 1000.0)


class Reading(torch.nn.Module):
    """Answers with the mean attenuation of what there is, and with how many there are."""

    def forward(self, inputs, present):
        means = inputs.flatten(-4).mean(dim=-1) * 2000.0 - 1000.0
        if present is None:
            return torch.stack((means, torch.ones_like(means)), dim=1)
        there = present.float()
        return torch.stack(
            ((means * there).sum(dim=1) / there.sum(dim=1), there.sum(dim=1)), dim=1
        )


@pytest.fixture
def patches():
    """Three studies of two, one and two vertebrae; vertebra k reads 10 k HU everywhere."""
    hu = np.stack([np.full(GRID.shape, 10.0 * k, np.float32) for k in range(5)])
    return SimpleNamespace(
        hu=hu, inside=np.ones(hu.shape, bool), study=np.array([0, 0, 1, 2, 2]),
        rows=tuple(row(f"1.{k}", patient=f"p{k}") for k in range(3)),
    )  # fmt: skip


def scans_of(patches, values=(100.0, 90.0, 80.0)):
    targets = np.full((3, 4), np.nan, np.float32)
    targets[:, 0] = values
    return PatchExamples(patches, group(patches, np.arange(5), by_patient=True), targets)


def asked(patches, tmp_path, *, unit="vertebra", seed=None, augmentation=STILL):
    seen = InputConfig(window_hu=WINDOW, unit=unit)
    prepare = Preparation(
        config(seen, tmp_path, augmentation=augmentation), spacing_mm=GRID.spacing_mm
    )
    return answer(Reading(), prepare, scans_of(patches), by_patient=unit == "patient",
                  config=FIT, seed=seed)  # fmt: skip


def test_each_vertebra_or_each_patient_answers_once(patches, tmp_path):
    answers, numbers = asked(patches, tmp_path)
    np.testing.assert_allclose(answers[:, 0], [0.0, 10.0, 20.0, 30.0, 40.0], atol=1e-3)
    assert numbers.tolist() == [0, 0, 1, 2, 2]
    answers, numbers = asked(patches, tmp_path, unit="patient")
    np.testing.assert_allclose(answers, [[5.0, 2.0], [20.0, 1.0], [35.0, 2.0]], atol=1e-3)
    assert numbers.tolist() == [0, 1, 2]


@pytest.mark.parametrize("unit", ["vertebra", "patient"])
def test_a_varied_scan_is_one_scanner_for_all_its_vertebrae(patches, tmp_path, unit):
    scanner = replace(STILL, offset_hu=50.0)
    plain, _ = asked(patches, tmp_path, unit=unit)
    varied, numbers = asked(patches, tmp_path, unit=unit, seed=4, augmentation=scanner)
    offsets = (varied - plain)[:, 0]
    by_scan = [offsets[numbers == scan] for scan in range(3)]
    for found in by_scan:
        np.testing.assert_allclose(found, found[0], atol=1e-3)
        assert 0.1 < abs(found[0]) <= 50.0
    assert len({round(float(found[0]), 2) for found in by_scan}) == 3
    again, _ = asked(patches, tmp_path, unit=unit, seed=4, augmentation=scanner)
    other, _ = asked(patches, tmp_path, unit=unit, seed=5, augmentation=scanner)
    np.testing.assert_array_equal(again, varied)
    assert not np.allclose(other, varied)


def test_answers_stand_beside_the_reference_of_their_patients(patches, tmp_path):
    answers, numbers = asked(patches, tmp_path)
    told = held_out(
        answers, numbers, scans_of(patches, (100.0, np.nan, 80.0)), patches, task="bmd"
    )
    assert told.studies == ("1.0", "1.0", "1.2", "1.2")
    assert told.persons == ("p0", "p0", "p2", "p2")
    assert told.values.tolist() == [100.0, 100.0, 80.0, 80.0]
    assert told.categories == (None,) * 4
    np.testing.assert_array_equal(told.outputs[0], answers[[0, 1, 3, 4]])
    twice = joined([told, told])
    assert twice.persons == told.persons * 2
    assert twice.outputs.shape == (1, 8, 2)


def test_a_patient_without_a_category_leaves_the_others_theirs(patches, tmp_path):
    answers, numbers = asked(patches, tmp_path)
    scans = scans_of(patches, (100.0, 90.0, 80.0))
    scans.targets[2, CATEGORY] = 2.0
    told = held_out(answers, numbers, scans, patches, task="multitask")
    assert told.categories == (None, None, None, *(BoneCategory.OSTEOPOROSIS,) * 2)
    assert joined([told, told]).categories == told.categories * 2
