"""``ctbone train`` from a configuration to what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.errors import NothingUsable, WeightsMismatch
from ctbone.estimation import read_model
from ctbone.localisation import load_locator
from ctbone.networks import HeadConfig, LocaliserConfig, build_localiser, save_weights
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import RunLog
from ctbone.training import (
    FitConfig,
    HeadTraining,
    LocaliserTraining,
    TrainConfig,
    command,
    train,
)
from ctbone.training.heads.gathering import gather_studies
from ctbone.training.heads.kept import read_patches
from ctbone.training.outlines import OutlinerTraining


def head(export, task="bmd"):
    return HeadTraining(
        export=export / "export",
        cohort=export / "cohort.csv",
        masks=export / "masks.csv",
        network=HeadConfig(backbone="resnet10", width=0.125, task=task),
        input=InputConfig(),
        grid=PatchGrid((20, 18, 16), (2.0, 2.0, 2.0)),
    )


def config(out, **options):
    fit = FitConfig(epochs=2, batch_size=4, device="cpu", threads=1)
    return TrainConfig(**{"out": out, "seed": 3, "fit": fit} | options)


@pytest.mark.parametrize(("task", "keep"), [("bmd", "best"), ("category", "last")])
def test_a_head_becomes_a_model_that_estimates(small_export, tmp_path, task, keep, capsys):
    training = head(small_export, task)
    given = config(tmp_path, head=training)
    train(replace(given, fit=replace(given.fit, keep=keep)))
    estimate = read_model(tmp_path / "model")
    log = json.loads((tmp_path / "run.json").read_text())
    assert log["counts"]["used"] == log["counts"]["expected"] > 0
    record = json.loads((tmp_path / "model" / "model.json").read_text())
    assert np.isfinite(record["validation"]["validation_loss"])
    said = capsys.readouterr().out
    assert f"Model: {tmp_path / 'model'}" in said
    assert f"{record['validation']['validation_loss']:.4g}" in said
    assert f"{keep} epoch" in said
    assert record["training"]["validation_chose_epoch"] == (keep == "best")

    [first, *_] = gather_studies(training, folder=tmp_path / "patches", log=RunLog("train", None))
    [found, *_] = estimate(read_patches(first.path))
    if task == "bmd":
        assert 0.0 < found.bmd_mg_cm3 < 400.0
        assert found.sd_mg_cm3 > 0.0
    else:
        assert sum(found.probabilities) == pytest.approx(1.0)


def test_the_localiser_becomes_weights_and_a_card(recipe, rendered, tmp_path):
    train(config(tmp_path, localiser=replace(recipe, cache=rendered)))
    locate = load_locator(tmp_path / "localiser.safetensors")
    assert locate.config == recipe.network
    card = json.loads((tmp_path / "localiser.json").read_text())
    assert np.isfinite(card["training"]["validation"]["validation_heat"])
    assert card["trial"]["studies"] == 1
    assert card["weights_sha256"] in (tmp_path / "localiser.md").read_text()


def test_one_of_the_two_is_trained(small_export, tmp_path):
    with pytest.raises(ValueError, match="expected exactly one of localiser, outliner and head"):
        config(tmp_path)
    both = LocaliserTraining(network=LocaliserConfig())
    with pytest.raises(ValueError, match="expected exactly one of localiser, outliner and head"):
        replace(config(tmp_path, head=head(small_export)), localiser=both)


def test_a_cohort_without_patches_leaves_the_reasons_behind(small_export, tmp_path):
    masks = tmp_path / "masks.csv"
    masks.write_text("series_uid,mask,numbering\n")
    message = r"in both parts, found 0 to train .*cohort\.csv, .* run\.json counts 6 mask_missing$"
    with pytest.raises(NothingUsable, match=message):
        train(config(tmp_path / "out", head=replace(head(small_export), masks=masks)))
    log = json.loads((tmp_path / "out" / "run.json").read_text())
    assert log["exit_code"] == 3
    assert log["counts"]["mask_missing"] == log["counts"]["expected"]


def test_everything_runs_on_the_device_of_the_fit(small_export, tmp_path, monkeypatch):
    def gather(_, *, folder, log):
        raise NothingUsable(f"{log.device} for {folder.name}")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("ctbone.training.heads.run.gather_studies", gather)
    options = config(tmp_path, head=head(small_export))
    for wanted, device in (("auto", "cuda"), ("cpu", "cpu")):
        with pytest.raises(NothingUsable, match=f"{device} for patches"):
            train(replace(options, fit=replace(options.fit, device=wanted)))


def test_a_loss_that_grows_beyond_all_numbers_says_what_to_change(recipe, rendered, tmp_path):
    steep = FitConfig(epochs=1, batch_size=2, device="cpu", threads=1, learning_rate=1e30)
    with pytest.raises(ValueError, match="with a lower learning rate"):
        train(config(tmp_path, localiser=replace(recipe, cache=rendered), fit=steep))
    assert json.loads((tmp_path / "run.json").read_text())["exit_code"] == 2


def test_chance_starts_from_no_negative_number(recipe, tmp_path):
    with pytest.raises(ValueError, match="seed must not be negative, got -1"):
        config(tmp_path, localiser=recipe, seed=-1)


@pytest.mark.parametrize("name", ["weight_decay", "patience", "threads", "workers"])
def test_what_counts_is_not_negative(name):
    with pytest.raises(ValueError, match=f"{name} must not be negative, got -1"):
        FitConfig(**{name: -1})


def test_weights_of_another_network_are_refused_before_anything_is_rendered(
    recipe, tmp_path, monkeypatch
):
    start = tmp_path / "other.safetensors"
    save_weights(build_localiser(LocaliserConfig(channels=(4, 8))), start)
    monkeypatch.setattr("ctbone.training.localiser_run.render_cases", None)
    monkeypatch.setattr("ctbone.training.outlining.prepare_stretches", None)
    fit = FitConfig(start=start)
    for options in ({"localiser": recipe}, {"outliner": OutlinerTraining()}):
        with pytest.raises(WeightsMismatch, match=r"other\.safetensors does not fit"):
            train(config(tmp_path / "out", fit=fit, **options))


def test_weights_to_start_from_must_be_there(recipe, tmp_path):
    config = TrainConfig(
        out=tmp_path / "out", localiser=recipe, fit=FitConfig(start=tmp_path / "none.safetensors")
    )
    with pytest.raises(ValueError, match=r"start from at none\.safetensors"):
        train(config)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_command_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"command": "screen"}')
    with pytest.raises(ValueError, match="holds a run of ctbone screen"):
        train(config(tmp_path, head=head(tmp_path)))


@pytest.mark.slow
def test_two_processes_fit_one_model_together(small_export, tmp_path):
    out = tmp_path / "out"
    given = {
        "export": small_export / "export",
        "cohort": small_export / "cohort.csv",
        "masks": small_export / "masks.csv",
        "network.backbone": "resnet10",
        "network.width": "0.125",
        "grid.shape": "[20, 18, 16]",
        "grid.spacing_mm": "[2.0, 2.0, 2.0]",
    }
    fit = {"epochs": 2, "batch_size": 2, "device": "cpu", "threads": 1, "devices": 2,
           "strategy": "ddp"}  # fmt: skip
    words = [f"--head.{name}={value}" for name, value in given.items()]
    words += [f"--fit.{name}={value}" for name, value in fit.items()]
    command = [sys.executable, "-m", "ctbone", "train", f"--out={out}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ctbone:" not in done.stderr
    assert done.stdout.count("Model: ") == 1
    assert len(list((out / "model").glob("weights-*.safetensors"))) == 1
    assert not list(out.glob("batches*"))
    assert json.loads((out / "run.json").read_text())["counts"]["used"] > 0


def test_a_folder_is_shown_as_it_is_called(capsys):
    log = RunLog("train", None, warnings=["see [/b]"])
    command._report({"validation_mae": 7.5}, log, command.KINDS["head"], out=Path("[/a]"), kept="")
    said = capsys.readouterr().out
    assert f"Note: see [/b].\n{command.KINDS['head'].title}: [/a]/" in said
