"""The head of every preset can learn eight simulated patients by heart.

By heart: whatever tells the eight bodies apart will do, and nothing is said of others.
"""

from dataclasses import replace

import pytest
import torch

from ctbone.networks import build_head
from ctbone.networks.configuration import HeadConfig
from ctbone.presets import read_presets
from ctbone.training.heads.comparing import HeadStep
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.losses import HeadLoss
from ctbone.training.heads.preparing import PatchBatch, Preparation
from tests.presets.eight import GRID, eight_patients, first_level
from tests.presets.test_configurations import parse

STEPS = 200

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def patients():
    return eight_patients()


def small(head: HeadTraining) -> HeadTraining:
    """Return the training with a narrow network, and on patches that are quick to go through."""
    return replace(head, grid=GRID, network=replace(head.network, width=0.125, dropout=0.0))


def made(head: HeadTraining, batch: PatchBatch):
    """Return a fresh head and the step that fits it."""
    network = build_head(head.network)
    if is_scaled(head.network):
        column = batch.targets[:, 1 if head.network.task == "t_score" else 0]
        network.set_scale(centre=float(column.mean()), scale=float(column.std()))
    prepare = Preparation(
        head, spacing_mm=head.grid.spacing_mm, with_body="body" in network.extras
    )
    return network, HeadStep(prepare, HeadLoss(head.network, head.loss, batch.targets))


def is_scaled(network: HeadConfig):
    return network.task in ("bmd", "t_score", "multitask")


def knows(parts):
    """Whether every answer is right, and every density within 10 mg/cm3 (a T-score of 0.3)."""
    limits = {"mae_mg_cm3": 10.0, "mae_t_score": 0.3}
    answered = [float(parts[part]) <= limit for part, limit in limits.items() if part in parts]
    if "accuracy" in parts:
        answered.append(float(parts["accuracy"]) == 1.0)
    return all(answered)


def learn(head, batch, *, steps=STEPS):
    """Fit a fresh head to a batch; return what became of each answer, and whether it knows all."""
    torch.manual_seed(1)
    network, step = made(head, batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(steps):
        optimiser.zero_grad()
        loss, parts, _ = step(network, batch, None)
        if knows(parts):
            break
        loss.backward()
        optimiser.step()
    return {part: float(value) for part, value in parts.items()}, knows(parts)


@pytest.mark.parametrize("name", [preset.id for preset in read_presets()])
def test_a_preset_learns_eight_patients_by_heart(name, patients):
    head = small(parse(name).head)
    batch = patients if head.input.unit == "patient" else first_level(patients)
    parts, is_learnt = learn(head, batch)
    assert is_learnt, f"after {STEPS} steps: {parts}"


@pytest.mark.parametrize("name", ["lij2025", "yasaka2020", "wang2024"])
def test_patients_who_look_the_same_cannot_be_learnt(name, patients):
    first = first_level(patients)
    alike = first._replace(
        hu=first.hu[:1].expand_as(first.hu), inside=first.inside[:1].expand_as(first.inside)
    )
    # Twice as many as with which these three know the eight.
    parts, is_learnt = learn(small(parse(name).head), alike, steps=40)
    assert not is_learnt, parts
