"""The outliner from a configuration to its weights."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from ctbone.localisation.outlining.outliner import map_parts, read_outliner
from ctbone.networks import LocaliserConfig, OutlinerConfig
from ctbone.training import FitConfig, LocaliserTraining, TrainConfig, train
from ctbone.training.outlines import OutlinerTraining
from tests.training.stretches import stretch

TINY = OutlinerConfig(shape=(32, 32, 16), spacing_mm=2.5, features=4, channels=(4, 8))

LOCALISER = LocaliserConfig(spacing_mm=8.0, channels=(4, 4, 8))


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_outliner_is_trained_and_can_be_read(tmp_path, monkeypatch, capsys):
    seeds = []

    def simulate(seed):
        seeds.append(seed)
        return stretch(thickness_mm=2.0)

    monkeypatch.setattr("ctbone.training.stretches.simulate_stretch", simulate)
    training = OutlinerTraining(network=TINY, stretches=2, validation_stretches=1)
    fit = FitConfig(epochs=2, batch_size=2, device="cpu", threads=1)
    train(TrainConfig(out=tmp_path, seed=3, outliner=training, fit=fit))
    # Patients to train on and to validate with never meet.
    assert seeds == [30_000_000, 30_000_001, 31_000_000]
    outliner = read_outliner(tmp_path / "outliner.safetensors")
    assert outliner.config == TINY
    shares = map_parts(
        np.zeros((1, 2, *TINY.shape), np.float32), network=outliner.network, is_half=False
    )
    assert np.isfinite(shares).all()
    card = json.loads((tmp_path / "outliner.json").read_text())
    assert np.isfinite(card["training"]["validation"]["validation_body_dice"])
    log = json.loads((tmp_path / "run.json").read_text())
    assert log["weights"]["outliner"] == outliner.sha256
    assert "outliner.safetensors" in capsys.readouterr().out


def test_exactly_one_network_is_trained(tmp_path):
    with pytest.raises(ValueError, match="exactly one of localiser, outliner and head"):
        TrainConfig(out=tmp_path)
    two = {"outliner": OutlinerTraining(), "localiser": LocaliserTraining(network=LOCALISER)}
    with pytest.raises(ValueError, match="exactly one of localiser, outliner and head"):
        TrainConfig(out=tmp_path, **two)
