"""Training a head: it learns, it can be cut off, and its model answers as it was trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ctbone.cohort import read_cohort, write_cohort
from ctbone.densitometry import DomainConfig
from ctbone.estimation import Conditions, HeadCalibration, model_conditions, read_model
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import RunLog
from ctbone.training import FitConfig, HeadTraining
from ctbone.training.augmentation import Augmentation
from ctbone.training.heads.comparing import HeadStep
from ctbone.training.heads.gathering import gather_studies
from ctbone.training.heads.kept import read_patches
from ctbone.training.heads.run import train_head

QUICK = FitConfig(epochs=3, batch_size=2, device="cpu", threads=1, deterministic=True)


@pytest.fixture(autouse=True)
def repeatable():
    """Deterministic algorithms are torch's, and so every test's."""
    yield
    torch.use_deterministic_algorithms(mode=False)


def head(export, *, cache=None, seen=None, **network):
    seen = seen or InputConfig()
    given = {"backbone": "resnet10", "width": 0.125, "in_channels": seen.channels,
             "dimensions": seen.dimensions} | network  # fmt: skip
    return HeadTraining(
        export=export / "export",
        cohort=export / "cohort.csv",
        masks=export / "masks.csv",
        network=HeadConfig(**given),
        input=seen,
        grid=PatchGrid((20, 18, 16), (2.0, 2.0, 2.0)),
        cache=cache,
    )


#: Keeps the last epoch, since the best can be one that no cut could change.
RESUMABLE = replace(QUICK, average=0.9, keep="last")


def trained(training, out, *, config=QUICK, seed=3):
    log = RunLog("train", None)
    figures = train_head(training, out=out, seed=seed, fit_config=config, log=log)
    return figures, log


def of_two_sites(export, folder):
    """Return a copy of cohort.csv whose patients come from two sites in turn."""
    rows = read_cohort(export / "cohort.csv")
    path = folder / "cohort.csv"
    write_cohort(path, [replace(r, site=("north", "east")[k % 2]) for k, r in enumerate(rows)])
    return path


def weights(out):
    return sorted(path.name for path in (out / "model").glob("weights-*.safetensors"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_killed_training_ends_with_the_same_weights(
    small_export, cache, tmp_path, monkeypatch, workers
):
    training = head(small_export, cache=cache)
    trained(training, tmp_path / "whole", config=RESUMABLE)
    quick = replace(RESUMABLE, workers=workers)
    calls = []
    step = HeadStep.__call__

    def failing(self, network, batch, seed, /):
        calls.append(seed)
        if sum(one is not None for one in calls) > 4:
            raise OSError("the power went")
        return step(self, network, batch, seed)

    monkeypatch.setattr(HeadStep, "__call__", failing)
    # A worker that is slow to end is killed by torch, which then says so instead.
    with pytest.raises((OSError, RuntimeError), match=r"the power went|killed by signal"):
        trained(training, tmp_path / "part", config=quick)
    monkeypatch.setattr(HeadStep, "__call__", step)
    trained(training, tmp_path / "part", config=replace(quick, resume=True))
    assert weights(tmp_path / "whole") == weights(tmp_path / "part")


def test_a_training_goes_on_with_the_options_of_before_alone(small_export, cache, tmp_path):
    training = head(small_export, cache=cache)
    trained(training, tmp_path / "part", config=RESUMABLE)
    varied = replace(training, augmentation=replace(training.augmentation, offset_hu=99.0))
    message = r"another configuration: fit.learning_rate was .*; head.augmentation.offset_hu was"
    changed = replace(RESUMABLE, resume=True, learning_rate=0.1)
    with pytest.raises(ValueError, match=message):
        trained(varied, tmp_path / "part", config=changed)
    trained(training, tmp_path / "other", config=RESUMABLE, seed=4)
    assert weights(tmp_path / "part") != weights(tmp_path / "other")


@pytest.mark.parametrize(
    ("seen", "network"),
    [
        (InputConfig(), {"task": "bmd"}),
        (InputConfig(), {"task": "multitask"}),
        (InputConfig(plane="axial"), {"task": "ordinal"}),
        (InputConfig(plane="axial"), {"task": "binary", "positive": "low_bone_mass"}),
        (InputConfig(plane="axial", unit="patient"), {"task": "bmd", "pooling": "attention"}),
        (
            InputConfig(plane="axial_slices", slices=3, stack="bag", unit="patient"),
            {"task": "category", "pooling": "attention"},
        ),
        (InputConfig(plane="sagittal"), {"backbone": "joint", "task": "category"}),
        (InputConfig(plane="axial"), {"backbone": "deepmdqct", "task": "multitask", "domains": 2}),
    ],
)
def test_every_kind_of_head_becomes_a_model_that_answers(
    small_export, cache, tmp_path, seen, network
):
    sides = (40, 40, 16) if seen.dimensions == 2 else (20, 18, 16)
    training = replace(
        head(small_export, cache=cache, seen=seen, **network),
        grid=PatchGrid(sides, (2.0,) * 3),
        cohort=of_two_sites(small_export, tmp_path),
    )
    figures, log = trained(training, tmp_path, config=replace(QUICK, epochs=1))
    assert all(np.isfinite(value) for value in figures.values())
    estimator = read_model(tmp_path / "model")
    studies = gather_studies(training, folder=cache, log=log)
    patches = read_patches(studies[0].path)
    found = estimator(patches)
    assert [one.level for one in found] == [patch.level for patch in patches]
    answers = {
        "bmd": found[0].bmd_mg_cm3,
        "multitask": found[0].bmd_mg_cm3,
        "ordinal": found[0].probabilities,
        "category": found[0].probabilities,
        "binary": found[0].binary,
    }
    assert answers[training.network.task] is not None
    if seen.unit == "patient":
        assert len({(one.bmd_mg_cm3, one.probabilities) for one in found}) == 1


def test_a_model_says_what_it_was_trained_on(small_export, cache, tmp_path):
    training = replace(
        head(small_export, cache=cache),
        correction=Path("pompe2015_aapm2026"),
        assume_phase="arterial",
        domain=DomainConfig(minimum_kvp=80.0),
    )
    trained(training, tmp_path, config=replace(QUICK, epochs=1))
    assert model_conditions(tmp_path / "model") == Conditions(
        levels=training.levels,
        domain=training.domain,
        correction=tmp_path / "model" / "correction.yaml",
        assume_phase="arterial",
    )
    record = json.loads((tmp_path / "model" / "model.json").read_text())
    rows = [r for r in read_cohort(small_export / "cohort.csv") if r.split == "train"]
    assert record["training"]["patients"]["train"] <= len(rows)
    assert len(record["training"]["patches_sha256"]) == len(record["training"]["cohort_sha256"])
    assert "pompe2015" in (tmp_path / "model" / "correction.yaml").read_text()
    assert "north" in (tmp_path / "model" / "README.md").read_text()
    config = (tmp_path / "model" / "config.yaml").read_text()
    assert "resnet10" in config
    assert str(small_export) not in config


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_rise_that_is_corrected_and_added_is_warned_of(small_export, cache, tmp_path, share):
    training = replace(
        head(small_export, cache=cache),
        correction=Path("pompe2015_aapm2026"),
        augmentation=Augmentation(contrast_share=share),
    )
    _, log = trained(training, tmp_path, config=replace(QUICK, epochs=1))
    assert any("contrast_share 0" in warning for warning in log.warnings) == bool(share)


def test_folds_make_one_model_of_several_heads(small_export, cache, tmp_path):
    rows = read_cohort(small_export / "cohort.csv")
    write_cohort(tmp_path / "cohort.csv", [replace(r, split="train") for r in rows])
    training = replace(
        head(small_export, cache=cache),
        cohort=tmp_path / "cohort.csv",
        folds=2,
        balance="category",
    )
    trained(training, tmp_path / "out", config=replace(QUICK, epochs=1))
    assert len(weights(tmp_path / "out")) == 2
    assert len(read_model(tmp_path / "out" / "model").members) == 2


def test_the_head_is_scaled_to_its_training_patients(small_export, cache, tmp_path):
    training = head(small_export, cache=cache)
    _, log = trained(training, tmp_path, config=replace(QUICK, epochs=1, learning_rate=1e-9))
    studies = gather_studies(training, folder=cache, log=log)
    values = [
        one.row.bmd_mg_cm3
        for one in studies
        if one.row.split == "train"
        for _ in read_patches(one.path)
    ]
    network = read_model(tmp_path / "model").network
    assert float(network.answer.centre) == pytest.approx(float(np.mean(values)), rel=1e-5)
    assert float(network.answer.scale) == pytest.approx(float(np.std(values)), rel=1e-5)


def test_limits_can_rest_on_scans_as_others_might_have_made_them(
    small_export, cache, tmp_path, monkeypatch
):
    """Scanners that err by up to 100 HU change what is said, and nothing of the weights."""
    plain = replace(
        head(small_export, cache=cache, seen=InputConfig(mask_channel=True), core_voxels=1),
        augmentation=Augmentation(offset_hu=100.0),
    )
    quick = replace(QUICK, epochs=1, learning_rate=1e-5)
    said = []
    patients = {"sd_factor": 2.0, "sd_patients": 30}
    monkeypatch.setattr(
        "ctbone.training.heads.model.fit_calibration",
        lambda held_out, **_: (said.append(held_out), HeadCalibration(**patients))[1],
    )
    for name in ("scans", "variations"):
        trained(replace(plain, limits_from=name), tmp_path / name, config=quick)
    assert weights(tmp_path / "scans") == weights(tmp_path / "variations")
    assert said[0].studies == said[1].studies
    moved = (said[1].outputs - said[0].outputs)[0, :, 0]
    assert np.abs(moved).max() > 10.0
    cards = [(tmp_path / n / "model" / "README.md").read_text() for n in ("scans", "variations")]
    assert ["as another scan might have shown them" in card for card in cards] == [False, True]
