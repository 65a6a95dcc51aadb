"""The configurations that ship fit the commands, and the smallest one runs."""

from __future__ import annotations

import json

import pytest

from ctbone.cli import main
from ctbone.resources import config_path

NAMES = (
    "localiser-coarse",
    "localiser-coarse-gpu",
    "localiser-coarse-demo",
    "localiser-fine",
    "localiser-fine-demo",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_is_read(name, tmp_path, capsys):
    config = config_path(f"train/{name}.yaml")
    with pytest.raises(SystemExit) as ended:
        main(["train", "--config", str(config), "--out", str(tmp_path), "--print_config"])
    assert not ended.value.code
    assert "network:" in capsys.readouterr().out


@pytest.mark.slow
def test_the_demonstration_makes_weights_and_a_card(tmp_path):
    options = {
        "out": tmp_path,
        "fit.epochs": 2,
        "localiser.patients": 2,
        "localiser.fresh": 1,
        "localiser.validation_patients": 1,
        "localiser.test_patients": 1,
        "localiser.network.spacing_mm": 12.0,
    }
    given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    main(["train", "--config", str(config_path("train/localiser-coarse-demo.yaml")), *given])
    card = json.loads((tmp_path / "localiser.json").read_text())
    assert card["training"]["source"] == "stream"
    assert card["training"]["patients"] == 3
    assert card["trial"]["studies"] == 1
    log = json.loads((tmp_path / "run.json").read_text())
    assert log["exit_code"] == 0
    assert {"simulate", "fit", "trial"} <= set(log["seconds"])


def test_inputs_and_augmentation_are_named_in_a_file(tmp_path, capsys):
    config = tmp_path / "head.yaml"
    config.write_text(
        "head:\n  export: out\n  cohort: cohort.csv\n"
        "  input: {plane: axial_slices, slices: 3, slice_step: 2, window_hu: bone, stack: bag}\n"
        "  grid: {shape: [320, 320, 9], offset_mm: [0.0, 40.0, 0.0]}\n"
        "  network: {dimensions: 2}\n"
        "  augmentation: {shift_mm: 1.5, noise_hu: 20.0, mirror: false, noise_kernels: [sharp],\n"
        "    potential_ratio: [0.95, 1.08]}\n",
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as ended:
        main(["train", "--config", str(config), "--out", str(tmp_path), "--print_config"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    for line in ("window_hu: bone", "shift_mm: 1.5", "noise_hu: 20.0", "mirror: false", "- sharp"):
        assert line in printed
