"""Labelled patches: from a simulated export to examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ctbone.training.patients import (
    HeadTraining,
    LabelledPatch,
    PatchExamples,
    gather_patches,
    patch_examples,
    set_scale,
)

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import CohortRow, read_cohort, write_cohort
from ctbone.errors import NothingUsable, WeightsMismatch
from ctbone.localisation import MaskLocator
from ctbone.networks import HeadConfig, build_head
from ctbone.patches import InputConfig, PatchGrid, VertebraPatch
from ctbone.records import BoneCategory
from ctbone.runs import RunLog

GRID = PatchGrid((20, 18, 16), (2.0, 2.0, 2.0))


def training(export, **options):
    return HeadTraining(
        export=export / "export",
        cohort=export / "cohort.csv",
        masks=export / "masks.csv",
        network=HeadConfig(backbone="resnet10", in_channels=2, width=0.125),
        input=InputConfig(mask_channel=True),
        grid=GRID,
        **options,
    )


def row(split="train", bmd=120.0, category=BoneCategory.NORMAL):
    return CohortRow(
        patient_id="p", study_uid="1.2", path="", study_date=None, sex=None, age_years=None,
        site="", split=split, reference_standard="QCT", reference_date=None,
        bmd_mg_cm3=bmd, t_score=None, category=category,
    )  # fmt: skip


def low():
    return row(bmd=80.0, category=BoneCategory.OSTEOPENIA)


def patch(hu=None):
    rng = np.random.default_rng(3)
    hu = rng.normal(100.0, 50.0, GRID.shape) if hu is None else hu
    inside = np.zeros(GRID.shape, dtype=bool)
    inside[4:12, 5:12, 4:12] = True
    return VertebraPatch(VertebralLevel.L1, hu.astype(np.float32), inside, np.diag([2.0, 2, 2, 1]))


@pytest.fixture(scope="module")
def gathered(small_export, tmp_path_factory):
    folder, log = tmp_path_factory.mktemp("patches"), RunLog("train", None)
    config = training(small_export)
    return config, folder, gather_patches(config, folder=folder, log=log), log


def test_every_study_is_used_or_counted(gathered, small_export):
    _, _, patches, log = gathered
    rows = [r for r in read_cohort(small_export / "cohort.csv") if r.split != "internal_test"]
    assert log.counts["expected"] == len(rows)
    assert sum(n for name, n in log.counts.items() if name != "expected") == len(rows)
    assert {p.patch.level.name for p in patches} <= {"L1", "L2"}
    assert {p.row.split for p in patches} == {"train", "validation"}


def test_patches_show_the_body_of_their_own_vertebra(gathered):
    for labelled in gathered[2]:
        inside = labelled.patch.inside
        middle = np.argwhere(inside).mean(axis=0)
        np.testing.assert_allclose(middle, (np.array(GRID.shape) - 1) / 2.0, atol=1.0)


def test_a_second_run_reads_what_the_first_one_kept(gathered, monkeypatch):
    config, folder, patches, _ = gathered

    def never(series):
        raise AssertionError("no volume is read twice")

    monkeypatch.setattr("ctbone.training.patients.read_study", never)
    again = gather_patches(config, folder=folder, log=RunLog("train", None))
    for one, other in zip(patches, again, strict=True):
        assert np.array_equal(one.patch.hu, other.patch.hu)
        assert one.row == other.row


def test_another_grid_is_cut_anew(gathered):
    config, folder, patches, _ = gathered
    other = replace(config, grid=PatchGrid((10, 10, 10), (3.0, 3.0, 3.0)))
    again = gather_patches(other, folder=folder, log=RunLog("train", None))
    assert len(again) == len(patches)
    assert again[0].patch.hu.shape == (10, 10, 10)


def test_a_study_that_fails_is_counted_by_its_reason(small_export, tmp_path):
    empty = tmp_path / "masks.csv"
    empty.write_text("series_uid,mask,numbering\n")
    log = RunLog("train", None)
    config = replace(training(small_export), masks=empty)
    assert gather_patches(config, folder=tmp_path / "patches", log=log) == ()
    assert log.counts["mask_missing"] == log.counts["expected"]
    with pytest.raises(NothingUsable, match="0 to train on and 0 to validate with"):
        patch_examples((), config)


def test_a_bug_costs_one_study(small_export, tmp_path, monkeypatch):
    config = training(small_export)
    masks = MaskLocator.from_csv(config.masks, images=config.export)
    calls = []

    def locate(volume):
        calls.append(volume)
        return masks(volume) if len(calls) > 1 else 1 / 0

    monkeypatch.setattr("ctbone.training.patients._locator", lambda *_: (locate, "digest"))
    log = RunLog("train", None)
    patches = gather_patches(config, folder=tmp_path / "patches", log=log)
    assert log.counts["unexpected"] == 1
    assert log.counts["used"] == log.counts["expected"] - 1 == len(calls) - 1
    assert patches
    (warning,) = log.warnings
    assert "ZeroDivisionError at patients.py" in warning


def test_the_shipped_localiser_runs_where_the_log_says(small_export, tmp_path, monkeypatch):
    def build(*, device):
        raise WeightsMismatch(f"asked for {device}")

    monkeypatch.setattr("ctbone.training.patients.shipped_locator", build)
    config = replace(training(small_export), masks=None)
    log = RunLog("train", None, device="cuda")
    with pytest.raises(WeightsMismatch, match="asked for cuda"):
        gather_patches(config, folder=tmp_path / "patches", log=log)


def test_patches_are_kept_outside_the_export(small_export):
    config = training(small_export)
    with pytest.raises(ValueError, match="must lie outside the export"):
        gather_patches(config, folder=config.export / "patches", log=RunLog("train", None))


def test_a_study_that_is_not_there_is_counted(small_export, tmp_path):
    rows = read_cohort(small_export / "cohort.csv")
    first = next(r for r in rows if r.split == "train")
    write_cohort(tmp_path / "cohort.csv", [replace(first, study_uid="1.2.3")])
    log = RunLog("train", None)
    config = replace(training(small_export), cohort=tmp_path / "cohort.csv")
    with pytest.raises(NothingUsable, match="of split train in the export, found none of 1 by"):
        gather_patches(config, folder=tmp_path / "patches", log=log)
    assert (log.counts["expected"], log.counts["absent"]) == (1, 1)


def test_some_that_are_not_there_are_said_by_split(small_export, tmp_path):
    rows = read_cohort(small_export / "cohort.csv")
    first = next(r for r in rows if r.split == "train")
    write_cohort(tmp_path / "cohort.csv", [*rows, replace(first, study_uid="1.2.3")])
    log = RunLog("train", None)
    config = replace(training(small_export), cohort=tmp_path / "cohort.csv")
    gather_patches(config, folder=tmp_path / "patches", log=log)
    number = sum(r.split == "train" for r in rows)
    expected = f"of split train, {number} of {number + 1} study_uid are in the export"
    assert log.warnings == [expected]
    assert log.counts["absent"] == 1


def test_targets_follow_the_task(small_export):
    labelled = [LabelledPatch(patch(), row()), LabelledPatch(patch(), low())]
    config = training(small_export)
    assert PatchExamples(labelled, config).targets.tolist() == [120.0, 80.0]
    config = replace(config, network=replace(config.network, task="category"))
    assert PatchExamples(labelled, config).targets.tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"study 1\.2 has no reference result"):
        PatchExamples([LabelledPatch(patch(), row(category=None))], config).draw(0, None)


def test_the_scale_is_that_of_the_training_targets(small_export):
    config = training(small_export)
    examples = PatchExamples(
        [LabelledPatch(patch(), one) for one in (low(), row(bmd=160.0))], config
    )
    network = build_head(config.network)
    set_scale(network, examples)
    assert (float(network.answer.centre), float(network.answer.scale)) == (120.0, 40.0)


def test_examples_fit_the_network(small_export):
    config = training(small_export)
    inputs, target = PatchExamples([LabelledPatch(patch(), row())], config).draw(0, None)
    assert inputs.shape == (2, 16, 18, 20)
    assert target.tolist() == [120.0]


def test_a_level_is_trained_on_once(small_export):
    with pytest.raises(ValueError, match="levels must name each level once, got L1 twice"):
        training(small_export, levels=("L1", "L1"))


def test_an_input_that_the_network_does_not_take_is_refused(small_export):
    with pytest.raises(ValueError, match="the input has 3 dimensions and 2 channels"):
        replace(training(small_export), network=HeadConfig(in_channels=1))
