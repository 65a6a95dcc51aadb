"""A model folder gives the same head back, or refuses."""

import json

import pytest
import torch

from ctbone.errors import WeightsMismatch
from ctbone.estimation import NetworkEstimator, model_weights, read_model, write_model
from ctbone.networks import HeadConfig, build_head
from ctbone.patches import InputConfig
from ctbone.runs import file_digest

HEAD = HeadConfig(backbone="resnet10", dimensions=2, in_channels=2, width=0.125)
INPUT = InputConfig(plane="sagittal", window_hu=(-100.0, 500.0), mask_channel=True)


@pytest.fixture
def network():
    torch.manual_seed(5)
    return build_head(HEAD).eval()


@pytest.fixture
def folder(tmp_path, network, grid):
    write_model(
        tmp_path / "model",
        network_config=HEAD,
        input_config=INPUT,
        grid=grid,
        network=network,
        validation={"mae_mg_cm3": 7.5},
        training={"seed": 5, "patients": 40},
    )
    return tmp_path / "model"


def test_what_is_read_estimates_as_what_was_written(folder, network, grid, make_patch):
    kept = NetworkEstimator(name="kept", grid=grid, input_config=INPUT, head=HEAD, network=network)
    read = read_model(folder)
    assert (read.head, read.input_config, read.grid) == (HEAD, INPUT, grid)
    assert read(make_patch(140.0)) == kept(make_patch(140.0))


def test_weights_are_named_by_their_digest(folder):
    name, digest = model_weights(folder)
    assert name == f"weights-{digest[:12]}.safetensors"
    assert file_digest(folder / name) == digest
    assert read_model(folder).name == f"resnet10-2d-{digest[:12]}"


def test_the_record_keeps_validation_and_training(folder):
    record = json.loads((folder / "model.json").read_text())
    assert record["validation"] == {"mae_mg_cm3": 7.5}
    assert record["training"] == {"seed": 5, "patients": 40}


def test_altered_weights_are_refused(folder):
    weights = folder / model_weights(folder)[0]
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsMismatch, match="expected SHA-256"):
        read_model(folder)


def test_absent_weights_are_refused(folder):
    (folder / model_weights(folder)[0]).unlink()
    with pytest.raises(WeightsMismatch, match="which the folder lacks"):
        read_model(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 0}, "must be of schema 1"),
        ({"network": {"backbone": "resnet10", "code": "import os"}}, "knows no"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(folder, change, message):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        read_model(folder)


def test_another_architecture_is_refused(folder):
    path = folder / "model.json"
    record = json.loads(path.read_text())
    record["network"]["width"] = 0.25
    path.write_text(json.dumps(record))
    with pytest.raises(WeightsMismatch, match="of another shape"):
        read_model(folder)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"lacks model\.json"):
        read_model(tmp_path)


def test_a_head_that_does_not_take_the_input_is_not_written(tmp_path, network, grid):
    with pytest.raises(ValueError, match="channels and dimensions"):
        write_model(
            tmp_path,
            network_config=HEAD,
            input_config=InputConfig(),
            grid=grid,
            network=network,
            validation={},
            training={},
        )
