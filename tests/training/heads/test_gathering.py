"""Labelled patches: from a simulated export to what lies on disk, and back."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ctbone.cohort import read_cohort, write_cohort
from ctbone.delimited import write_rows
from ctbone.densitometry import Correction, DomainConfig, load_named
from ctbone.errors import NothingUsable, OutOfDomain, Reason, WeightsMismatch, WorkersLost
from ctbone.ingest import index_export, read_volume
from ctbone.interchange import REVIEW_COLUMNS
from ctbone.localisation import MaskLocator
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import RunLog
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.gathering import gather_studies
from ctbone.training.heads.kept import read_patches

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


@pytest.fixture(scope="module")
def few(small_export, tmp_path_factory):
    """A cohort of two studies to train on and one to validate with, beside those to test with."""
    splits = {"train": 2, "validation": 1, "internal_test": 9}
    rows = read_cohort(small_export / "cohort.csv")
    chosen = [row for s, n in splits.items() for row in [r for r in rows if r.split == s][:n]]
    path = tmp_path_factory.mktemp("few") / "cohort.csv"
    write_cohort(path, [row for row in rows if row in chosen])
    return path


@pytest.fixture(scope="module")
def gathered(small_export, few, tmp_path_factory):
    folder, log = tmp_path_factory.mktemp("patches"), RunLog("train", None)
    config = replace(training(small_export), cohort=few)
    return config, folder, gather_studies(config, folder=folder, log=log), log


def test_every_study_is_used_or_counted(gathered):
    config, _, studies, log = gathered
    rows = [r for r in read_cohort(config.cohort) if r.split != "internal_test"]
    assert log.counts["expected"] == len(rows)
    assert log.counts["used"] == len(studies) > 0
    assert sum(n for name, n in log.counts.items() if name != "expected") == len(rows)
    assert {one.row.split for one in studies} == {"train", "validation"}


def test_patches_show_the_body_of_their_own_vertebra(gathered):
    for study in gathered[2]:
        for patch in read_patches(study.path):
            assert patch.level.name in ("L1", "L2")
            middle = np.argwhere(patch.inside).mean(axis=0)
            np.testing.assert_allclose(middle, (np.array(GRID.shape) - 1) / 2.0, atol=1.0)


def test_a_second_run_reads_what_the_first_one_kept(gathered, monkeypatch):
    config, folder, studies, _ = gathered

    def never(*given, **options):
        raise AssertionError("no volume is read twice")

    monkeypatch.setattr("ctbone.training.heads.cutting.first_readable", never)
    assert gather_studies(config, folder=folder, log=RunLog("train", None)) == studies


@pytest.mark.slow
def test_several_processes_cut_the_same(gathered, tmp_path):
    config, _, studies, log = gathered
    again = RunLog("train", None)
    found = gather_studies(replace(config, cutters=2), folder=tmp_path, log=again)
    assert [(one.row, one.path.name) for one in found] == [
        (one.row, one.path.name) for one in studies
    ]
    assert again.counts == log.counts
    assert all(
        one.path.read_bytes() == before.path.read_bytes()
        for one, before in zip(found, studies, strict=True)
    )


@pytest.mark.slow
def test_a_process_that_is_ended_leaves_what_was_cut(gathered, tmp_path, monkeypatch):
    config = replace(gathered[0], cutters=2)
    monkeypatch.setattr("ctbone.training.heads.cutting._cut_here", end_this_process)
    with pytest.raises(WorkersLost, match=r"2 processes to cut patches, one was ended.*cutters"):
        gather_studies(config, folder=tmp_path, log=RunLog("train", None))


def end_this_process(study):
    os.kill(os.getpid(), signal.SIGKILL)


def test_another_grid_is_cut_anew(gathered):
    config, folder, studies, _ = gathered
    other = replace(config, grid=PatchGrid((10, 10, 10), (3.0, 3.0, 3.0)))
    again = gather_studies(other, folder=folder, log=RunLog("train", None))
    assert [one.row for one in again] == [one.row for one in studies]
    assert read_patches(again[0].path)[0].hu.shape == (10, 10, 10)


def test_a_file_that_changed_is_cut_anew(gathered, small_export, tmp_path):
    config, folder, studies, _ = gathered
    export = tmp_path / "export"
    shutil.copytree(config.export, export)
    for path in export.rglob("*"):
        os.utime(path, ns=(1, 1))
    moved = replace(config, export=export)
    again = gather_studies(moved, folder=folder, log=RunLog("train", None))
    assert {one.path for one in again}.isdisjoint({one.path for one in studies})
    assert gather_studies(moved, folder=folder, log=RunLog("train", None)) == again


def test_a_mask_that_changed_is_cut_anew(gathered, small_export, tmp_path):
    config, folder, studies, _ = gathered
    for name in ("masks", "masks.csv"):
        source = small_export / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, tmp_path / name)
    masks = replace(config, masks=tmp_path / "masks.csv")
    same = gather_studies(masks, folder=folder, log=RunLog("train", None))
    assert same == studies
    for path in (tmp_path / "masks").rglob("*.nii.gz"):
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1))
    again = gather_studies(masks, folder=folder, log=RunLog("train", None))
    assert {one.path for one in again}.isdisjoint({one.path for one in studies})


def located_in(config, gathered):
    """Return the levels of a study's mask, from cranial to caudal."""
    (record,) = (
        study
        for study in index_export(config.export, key=b"any")
        if study.study_uid == gathered.row.study_uid
    )
    # Not its localizer.
    volume = read_volume(max(record.series, key=lambda series: len(series.slices)))
    masks = MaskLocator.from_csv(config.masks, images=config.export)
    return [vertebra.level for vertebra in masks(volume)]


def test_a_review_changes_the_studies_that_it_changes_and_no_others(gathered, tmp_path):
    config, folder, studies, _ = gathered
    uids = [one.row.study_uid for one in studies]
    # A level further up: what was called L2 teaches as L1.
    levels = [level.name for level in located_in(config, studies[0])]
    names = " ".join([f"{levels[0]}=none", *(f"{b}={a}" for a, b in pairwise(levels))])
    shift = {uids[0]: ("relabel", names), uids[1]: ("accept", "")}

    def gather(verdicts):
        cells = [
            dict(zip(REVIEW_COLUMNS, (uid, *said, "", "", "2026-11-22"), strict=True))
            for uid, said in verdicts.items()
        ]
        review = write_rows(tmp_path / "review.csv", REVIEW_COLUMNS, cells)
        log = RunLog("train", None)
        return gather_studies(replace(config, review=review), folder=folder, log=log), log

    named, _ = gather(shift)
    assert {one.path for one in named[1:]} == {one.path for one in studies[1:]}
    assert named[0].path != studies[0].path
    before = {patch.level.name: patch for patch in read_patches(studies[0].path)}
    patch = read_patches(named[0].path)[0]
    assert patch.level.name == "L1"
    np.testing.assert_array_equal(patch.hu, before["L2"].hu)
    refused = dict.fromkeys(uids[:1], ("reject", ""))
    left, log = gather({**refused, "1.2.3": ("reject", "")})
    assert left == studies[1:]
    assert log.counts["rejected_in_review"] == 1
    assert log.warnings == [
        "1 of 2 rows of the review count (for nothing: 1 of studies not in the export)"
    ]
    # What was refused is not refused for ever.
    assert gather({})[0] == studies
    assert gather(refused)[1].counts["rejected_in_review"] == 1


def test_a_study_that_fails_is_counted_by_its_reason_and_not_tried_twice(
    small_export, tmp_path, monkeypatch
):
    empty = tmp_path / "masks.csv"
    empty.write_text("series_uid,mask,numbering\n")
    config = replace(training(small_export), masks=empty)
    for _ in range(2):
        log = RunLog("train", None)
        assert gather_studies(config, folder=tmp_path / "patches", log=log) == ()
        assert log.counts["mask_missing"] == log.counts["expected"]
        monkeypatch.setattr("ctbone.training.heads.cutting.first_readable", None)


def test_a_bug_costs_one_study(small_export, few, tmp_path, monkeypatch):
    config = replace(training(small_export), cohort=few)
    masks = MaskLocator.from_csv(config.masks, images=config.export)
    calls = []

    def locate(volume):
        calls.append(volume)
        return masks(volume) if len(calls) > 1 else 1 / 0

    monkeypatch.setattr("ctbone.training.heads.cutting.open_locator", lambda *_, **options: locate)
    log = RunLog("train", None)
    studies = gather_studies(config, folder=tmp_path / "patches", log=log)
    assert log.counts["unexpected"] == 1
    assert log.counts["used"] == log.counts["expected"] - 1 == len(calls) - 1
    assert studies
    (warning,) = log.warnings
    assert "ZeroDivisionError at reviewing.py" in warning


def test_the_shipped_localiser_runs_where_the_log_says(small_export, tmp_path, monkeypatch):
    def build(*, levels, device):
        raise WeightsMismatch(f"asked for {device}")

    monkeypatch.setattr("ctbone.localisation.opening.shipped_locator", build)
    config = replace(training(small_export), masks=None)
    log = RunLog("train", None, device="cuda")
    with pytest.raises(WeightsMismatch, match="asked for cuda"):
        gather_studies(config, folder=tmp_path / "patches", log=log)


def test_attenuation_is_corrected_before_it_is_kept(gathered, monkeypatch):
    config, folder, studies, _ = gathered
    shipped = load_named(Path("pompe2015_aapm2026"), Correction)
    table = replace(shipped, reference_kvp=100, ratio_by_kvp={120: 2.0})
    monkeypatch.setattr("ctbone.training.heads.cutting.load_named", lambda *_: table)
    corrected = replace(config, correction=Path("pompe2015_aapm2026"))
    again = gather_studies(corrected, folder=folder, log=RunLog("train", None))
    native = [one for one in studies if one.row.study_uid == again[0].row.study_uid]
    before, after = (read_patches(found.path)[0] for found in (native[0], again[0]))
    inside = before.inside
    expected = 2.0 * before.hu[inside].mean()
    # An enhanced scan loses what the agent adds, too.
    assert expected - 30.0 <= after.hu[inside].mean() <= expected + 1e-3


def test_patches_are_kept_outside_the_export(small_export):
    config = training(small_export)
    with pytest.raises(ValueError, match="must lie outside the export"):
        gather_studies(config, folder=config.export / "patches", log=RunLog("train", None))


def test_a_study_that_is_not_there_is_counted(small_export, tmp_path):
    rows = read_cohort(small_export / "cohort.csv")
    first = next(r for r in rows if r.split == "train")
    held = next(r for r in rows if r.split == "validation")
    write_cohort(tmp_path / "cohort.csv", [replace(first, study_uid="1.2.3"), held])
    log = RunLog("train", None)
    config = replace(training(small_export), cohort=tmp_path / "cohort.csv")
    with pytest.raises(NothingUsable, match="of split train in the export, found none of 1 by"):
        gather_studies(config, folder=tmp_path / "patches", log=log)
    assert (log.counts["expected"], log.counts["absent"]) == (2, 1)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere", "no configuration 'corrections/nowhere.yaml' ships"),
        ("it.yaml", "it.yaml lacks"),
    ],
)
def test_a_correction_that_is_none_is_said_before_any_study(
    small_export, tmp_path, monkeypatch, name, complaint
):
    (tmp_path / "it.yaml").write_text("name: nothing\n")
    monkeypatch.chdir(tmp_path)
    config = training(small_export, correction=Path(name))
    with pytest.raises(ValueError, match=complaint):
        gather_studies(config, folder=tmp_path / "patches", log=RunLog("train", None))
    assert not (tmp_path / "patches").exists()


def test_a_cohort_without_lessons_is_refused_before_any_study(small_export, tmp_path):
    network = HeadConfig(backbone="resnet10", in_channels=2, width=0.125, task="t_score")
    config = replace(training(small_export), network=network)
    with pytest.raises(NothingUsable, match="expected studies with t_score to train on"):
        gather_studies(config, folder=tmp_path / "patches", log=RunLog("train", None))
    assert not (tmp_path / "patches").exists()


def test_some_that_are_not_there_are_said_by_split(small_export, few, tmp_path):
    rows = read_cohort(few)
    first = next(r for r in rows if r.split == "train")
    write_cohort(tmp_path / "cohort.csv", [*rows, replace(first, study_uid="1.2.3")])
    log = RunLog("train", None)
    config = replace(training(small_export), cohort=tmp_path / "cohort.csv")
    gather_studies(config, folder=tmp_path / "patches", log=log)
    number = sum(r.split == "train" for r in rows)
    expected = f"of split train, {number} of {number + 1} study_uid are in the export"
    assert log.warnings == [expected]
    assert log.counts["absent"] == 1


def test_what_screening_refuses_is_no_lesson_either(gathered):
    config, folder, studies, before = gathered
    assert "kvp_out_of_domain" not in before.counts
    strict, log = replace(config, domain=DomainConfig(minimum_kvp=150.0)), RunLog("train", None)
    assert gather_studies(strict, folder=folder, log=log) == ()
    assert log.counts["kvp_out_of_domain"] == log.counts["expected"] == len(studies)
    # What was refused is not refused for ever, and nothing is taken over from another domain.
    wide = replace(config, domain=DomainConfig(minimum_kvp=0.0))
    again = gather_studies(wide, folder=folder, log=RunLog("train", None))
    assert [one.row for one in again] == [one.row for one in studies]
    assert {one.path for one in again}.isdisjoint({one.path for one in studies})


def test_another_series_stands_in_for_one_out_of_the_domain(gathered, tmp_path, monkeypatch):
    config = gathered[0]
    tried = []

    def require(series, **_):
        tried.append(series.series_uid)
        if len(tried) == 1:
            raise OutOfDomain("found 80 kV", reason=Reason.KVP_OUT_OF_DOMAIN)

    def twin(series):
        slices = [replace(s, sop_instance_uid=f"{s.sop_instance_uid}.1") for s in series.slices]
        return replace(series, series_uid=f"{series.series_uid}.1", slices=tuple(slices))

    def both(*given, **options):
        for study in index_export(*given, **options):
            yield replace(study, series=(*study.series, *map(twin, study.series)))

    monkeypatch.setattr("ctbone.densitometry.acceptance.require_domain", require)
    monkeypatch.setattr("ctbone.training.heads.gathering.index_export", both)
    log = RunLog("train", None)
    gather_studies(config, folder=tmp_path / "patches", log=log)
    assert "kvp_out_of_domain" not in log.counts
    # The mask is that of the first; its twin was read in its stead, and has none.
    assert tried[1] == f"{tried[0]}.1"
    assert (log.counts["mask_missing"], log.counts["used"]) == (1, log.counts["expected"] - 1)


def test_a_level_is_trained_on_once(small_export):
    with pytest.raises(ValueError, match="levels must name each level once, got L1 twice"):
        training(small_export, levels=("L1", "L1"))


def test_an_input_that_the_network_does_not_take_is_refused(small_export):
    with pytest.raises(ValueError, match="the input has \\(2, 3\\)"):
        replace(training(small_export), network=HeadConfig(in_channels=1))
