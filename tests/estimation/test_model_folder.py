"""A model folder gives the same head back, or refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import Correction, DomainConfig, decide, named_path, shipped_rule
from ctbone.errors import WeightsMismatch
from ctbone.estimation import (
    Conditions,
    HeadCalibration,
    NetworkEstimator,
    TrainedHead,
    TrainingRecord,
    model_conditions,
    model_digests,
    quantity_of,
    read_model,
    write_model,
)
from ctbone.estimation.reading import TASKS
from ctbone.interchange.model_record import joint_digest, sealed
from ctbone.networks import HeadConfig, build_head
from ctbone.patches import InputConfig
from ctbone.runs import file_digest

HEAD = HeadConfig(backbone="resnet10", dimensions=2, in_channels=2, width=0.125)
INPUT = InputConfig(plane="sagittal", window_hu=(-100.0, 500.0), mask_channel=True)
LEVELS = (VertebralLevel.L1, VertebralLevel.L2)
CALIBRATION = HeadCalibration(sd_factor=1.25, sd_patients=40)


def network(seed):
    torch.manual_seed(seed)
    return build_head(HEAD).eval()


@pytest.fixture
def trained(grid):
    return TrainedHead(
        network_config=HEAD,
        input_config=INPUT,
        grid=grid,
        networks=(network(5),),
        validation={"mae_mg_cm3": 7.5},
        training=TrainingRecord(seed=5, patients={"train": 40}, details={"fit": {"epochs": 3}}),
        calibration=CALIBRATION,
        config="seed: 5\n",
    )


@pytest.fixture
def folder(tmp_path, trained):
    write_model(tmp_path / "model", trained)
    return tmp_path / "model"


def estimator(head, grid, seed):
    return NetworkEstimator(
        name="kept",
        grid=grid,
        input_config=INPUT,
        head=HEAD,
        network=network(seed),
        calibration=head.calibration,
    )


def change(folder, **keys):
    path = folder / "model.json"
    path.write_text(json.dumps(sealed(json.loads(path.read_text()) | keys)))


def test_what_is_read_estimates_as_what_was_written(folder, trained, grid, make_patch):
    read = read_model(folder)
    assert (read.head, read.input_config, read.grid) == (HEAD, INPUT, grid)
    assert (read.calibration, read.members) == (CALIBRATION, ())
    patches = (make_patch(140.0),)
    assert read(patches) == estimator(trained, grid, 5)(patches)


def test_weights_are_named_by_their_digest(folder):
    [(name, digest)] = model_digests(folder).items()
    assert name == f"weights-{digest[:12]}.safetensors"
    assert file_digest(folder / name) == digest
    assert read_model(folder).name == f"resnet10-2d-{digest[:12]}"


def test_the_record_keeps_validation_training_and_calibration(folder):
    record = json.loads((folder / "model.json").read_text())
    assert record["schema"] == 3
    assert record["validation"] == {"mae_mg_cm3": 7.5}
    assert record["training"]["patients"] == {"train": 40}
    assert record["training"]["fit"] == {"epochs": 3}
    assert record["calibration"]["sd_factor"] == 1.25


def test_configuration_and_card_lie_beside_it(folder, tmp_path, trained):
    assert (folder / "config.yaml").read_text() == "seed: 5\n"
    assert (folder / "README.md").read_text().startswith("# A head of ctbone: resnet10")
    write_model(tmp_path / "bare", replace(trained, config=""))
    assert not (tmp_path / "bare" / "config.yaml").exists()


def test_members_of_an_ensemble_are_all_read_and_mixed(tmp_path, trained, grid, make_patch):
    write_model(tmp_path, replace(trained, networks=(network(5), network(6), network(7))))
    digests = list(model_digests(tmp_path).values())
    read = read_model(tmp_path)
    assert read.name == f"resnet10-2d-x3-{joint_digest(digests)[:12]}"
    patches = (make_patch(140.0),)
    alone = [estimator(trained, grid, seed)(patches)[0].bmd_mg_cm3 for seed in (5, 6, 7)]
    assert read(patches)[0].bmd_mg_cm3 == pytest.approx(sum(alone) / 3)
    assert len({file_digest(path) for path in tmp_path.glob("*.safetensors")}) == 3


def test_the_same_member_twice_is_refused(tmp_path, trained):
    with pytest.raises(ValueError, match="members must differ, 2 have 1 weights"):
        write_model(tmp_path, replace(trained, networks=(network(5), network(5))))


@pytest.mark.parametrize("member", [0, 1])
def test_altered_weights_of_any_member_are_refused(tmp_path, trained, member):
    write_model(tmp_path, replace(trained, networks=(network(5), network(6))))
    weights = tmp_path / list(model_digests(tmp_path))[member]
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsMismatch, match="expected SHA-256"):
        read_model(tmp_path)


def test_absent_weights_are_refused(folder):
    [name] = model_digests(folder)
    (folder / name).unlink()
    with pytest.raises(WeightsMismatch, match="which the folder lacks"):
        read_model(folder)


def test_without_a_calibration_nothing_is_corrected(folder):
    path = folder / "model.json"
    record = json.loads(path.read_text())
    del record["calibration"]
    path.write_text(json.dumps(sealed(record)))
    assert read_model(folder).calibration == HeadCalibration()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"schema": 2}, "must be of schema 3, got 2"),
        (
            {"network": {"backbone": "resnet10", "code": "import os"}},
            r"network holds unknown keys \['code'\]",
        ),
        ({"calibration": {"factor": 2.0}}, r"calibration holds unknown keys \['factor'\]"),
        (
            {"calibration": {"sd_factor": -1.0}},
            r"^model\.json, calibration: sd_factor must be pos",
        ),
        ({"calibration": {"sd_factor": "wide"}}, "sd_factor must be a number, got 'wide'"),
        ({"grid": {"shape": [8, 8]}}, r"grid: shape must be a list of 3, got \[8, 8\]"),
        ({"input": {"window_hu": "own"}}, "input: window_hu must be a list, got 'own'"),
        ({"code": "import os"}, r"unknown keys \['code'\]"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(folder, keys, message):
    change(folder, **keys)
    with pytest.raises(ValueError, match=message):
        read_model(folder)


@pytest.mark.parametrize(
    ("before", "after"), [('"sd_factor": 1.25', '"sd_factor": 0.25'), ('"shape"', '"Shape"')]
)
def test_an_edited_record_is_refused(folder, before, after):
    path = folder / "model.json"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(ValueError, match=r"model\.json of model was altered after training"):
        read_model(folder)


def test_an_edited_configuration_is_refused(folder):
    (folder / "config.yaml").write_text("seed: 6\n")
    with pytest.raises(ValueError, match=r"config\.yaml of model was altered after training"):
        read_model(folder)
    (folder / "config.yaml").unlink()
    with pytest.raises(ValueError, match=r"names config\.yaml, which the folder lacks"):
        read_model(folder)


def test_another_architecture_is_refused(folder):
    record = json.loads((folder / "model.json").read_text())
    change(folder, network=record["network"] | {"width": 0.25})
    with pytest.raises(WeightsMismatch, match="of another shape"):
        read_model(folder)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"lacks model\.json"):
        read_model(tmp_path)


def test_a_figure_that_is_no_number_is_not_written(tmp_path, trained):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_model(tmp_path, replace(trained, validation={"mae_mg_cm3": float("nan")}))
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize(("pooling", "unit"), [("none", "vertebra"), ("attention", "patient")])
def test_a_head_of_every_task_comes_back(tmp_path, grid, make_patch, task, pooling, unit):
    positive = "low_bone_mass" if task == "binary" else "osteoporosis"
    config = replace(HEAD, task=task, pooling=pooling, positive=positive)
    torch.manual_seed(1)
    head = TrainedHead(
        network_config=config,
        input_config=replace(INPUT, unit=unit),
        grid=grid,
        networks=(build_head(config), build_head(config)),
        validation={},
        training=TrainingRecord(seed=1),
    )
    write_model(tmp_path, head)
    read = read_model(tmp_path)
    assert read.head == config
    patches = tuple(make_patch(90.0 * n, level=level) for n, level in enumerate(LEVELS, 1))
    found = read(patches)
    assert [e.level for e in found] == list(LEVELS)
    answers = [replace(e, level=LEVELS[0]) for e in found]
    # A head that pools levels gives each the answer for the patient.
    assert (answers[0] == answers[1]) == (unit == "patient")
    decision = decide(found, rule=shipped_rule("dxa_t_score" if task == "t_score" else "acr_qct"))
    assert decision.quantity == quantity_of(task)


def test_what_a_head_was_taught_under_is_told(folder, tmp_path, trained):
    assert model_conditions(folder) == Conditions()
    taught = Conditions(
        levels=("T12", "L3"),
        domain=DomainConfig(minimum_kvp=80.0, sharp_kernels=True),
        correction=named_path(Path("pompe2015_aapm2026"), Correction),
        assume_phase="portal_venous",
    )
    write_model(tmp_path / "other", replace(trained, conditions=taught))
    found = model_conditions(tmp_path / "other")
    assert found == replace(taught, correction=tmp_path / "other" / "correction.yaml")
    assert file_digest(found.correction) == file_digest(taught.correction)
    found.correction.write_text("name: nothing\n")
    with pytest.raises(WeightsMismatch, match=r"correction\.yaml: expected SHA-256"):
        model_conditions(tmp_path / "other")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"levels": ["L9"]}, r"conditions: a member of levels must be one of .*'L9'"),
        ({"assume_phase": "late"}, "conditions: assume_phase must be one of .*'late'"),
        ({"domain": 80.0}, "conditions: domain must be a mapping, got 80.0"),
        ({"domain": {"minimum_kvp": -1.0}}, "domain: minimum_kvp must not be negative"),
        ({"levels": 3}, "conditions: levels must be a list, got 3"),
    ],
)
def test_conditions_that_are_none_are_refused(folder, told, message):
    change(folder, conditions=told)
    with pytest.raises(ValueError, match=message):
        model_conditions(folder)


def test_conditions_of_an_edited_folder_are_not_believed(folder):
    (folder / "config.yaml").write_text("seed: 6\n")
    with pytest.raises(ValueError, match=r"config\.yaml of model was altered"):
        model_conditions(folder)
