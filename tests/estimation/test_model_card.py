"""The card says to people what the folder says to programs."""

from dataclasses import replace
from pathlib import Path

import pytest
from torch import nn

from ctbone.densitometry import DomainConfig
from ctbone.estimation import Conditions, HeadCalibration, TrainedHead, TrainingRecord
from ctbone.estimation.model_card import model_card
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig

TRAINING = TrainingRecord(
    seed=9,
    patients={"train": 120, "validation": 30},
    sites=("North", "South"),
    reference_standard="QCT",
    cohort_sha256="c" * 64,
    patches_sha256="d" * 64,
)


@pytest.fixture
def trained(grid):
    return TrainedHead(
        network_config=HeadConfig(backbone="resnet18", dimensions=2),
        input_config=InputConfig(plane="axial", window_hu=(-100.0, 500.0)),
        grid=grid,
        networks=(nn.Identity(),),
        validation={"mae_mg_cm3": 6.25},
        training=TRAINING,
        calibration=HeadCalibration(sd_factor=1.5, sd_patients=41),
    )


def card(head):
    return model_card(head, weights={"weights-ab.safetensors": "ab"})


@pytest.mark.parametrize(
    "said",
    [
        "# A head of ctbone: resnet18, task bmd",
        "a resnet18 network in 2 dimensions",
        "density of a vertebra, in mg/cm3",
        "24 x 20 x 16 voxels of 2 x 2 x 2 mm",
        "- plane: axial",
        "- window_hu: -100.0 to 500.0",
        "120 train, 30 validation",
        "North, South",
        "Reference standard: QCT",
        "| mae_mg_cm3 | 6.25 |",
        "multiplied by 1.5,",
        "41 held-out patients",
        "no medical device",
        "weights-ab.safetensors: SHA-256 `ab`",
        f"cohort.csv: SHA-256 `{'c' * 64}`",
        f"keys of the patches in the cache: SHA-256 `{'d' * 64}`",
    ],
)
def test_what_has_to_be_known_is_said(trained, said):
    assert said in card(trained)
    assert "not calibrated" not in card(trained)


def test_what_it_was_taught_under_is_said(trained):
    assert "- Levels: not stated." in card(trained)
    assert "- Acquisitions: 90 kV or more, or unknown; no series of a sharp kernel." in card(
        trained
    )
    assert "- Attenuation: as it was." in card(trained)
    taught = Conditions(
        levels=("T12", "L1"),
        domain=DomainConfig(minimum_kvp=80.0, sharp_kernels=True),
        correction=Path("correction.yaml"),
        assume_phase="arterial",
    )
    text = card(replace(trained, conditions=taught))
    assert "- Levels: T12, L1." in text
    assert "80 kV or more, or unknown; sharp kernels too." in text
    assert "corrected by `correction.yaml`, phase taken for arterial where no" in text


def test_a_head_of_patients_takes_no_mean_over_levels(trained):
    assert "A patient's answer is the mean over the measured levels." in card(trained)
    whole = replace(
        trained,
        network_config=replace(trained.network_config, pooling="attention"),
        input_config=replace(trained.input_config, unit="patient"),
    )
    assert "answers once for a patient, from all measured levels together" in card(whole)
    assert "mean over the measured levels" not in card(whole)


def test_validation_patients_are_said_to_have_chosen_the_epoch_only_if_they_did(trained):
    assert "They chose its best epoch" in card(trained)
    last = replace(trained, training=replace(TRAINING, validation_chose_epoch=False))
    assert "They chose nothing: the last epoch was kept." in card(last)
    assert "best epoch" not in card(last)


def test_what_is_not_known_is_said_too(trained):
    bare = replace(
        trained,
        validation={},
        training=TrainingRecord(seed=1),
        calibration=HeadCalibration(note="19 held-out patients are too few"),
    )
    text = card(bare)
    assert text.count("not stated") == 6
    assert "Nothing is stated." in text
    assert "uncertainty is not calibrated" in text
    assert "Note: 19 held-out patients are too few." in text


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("t_score", "it is no measured T-score"),
        ("ordinal", "in their order"),
        ("multitask", "which decides"),
        ("binary", "against normal density. A patient"),
    ],
)
def test_each_task_says_what_it_answers(trained, task, said):
    # Later tasks of the networks, by name alone.
    head = replace(trained)
    config = trained.network_config
    named = type("Config", (), {"backbone": config.backbone, "dimensions": 2, "task": task})()
    named.positive = "low_bone_mass"
    object.__setattr__(head, "network_config", named)
    assert said in card(head)
    assert ("says yes from a probability of 0.5 on" in card(head)) == (task == "binary")


def test_an_ensemble_says_how_many_it_is(trained):
    networks = (nn.Identity(), nn.Identity())
    assert "an ensemble of 2, each a resnet18" in card(replace(trained, networks=networks))
