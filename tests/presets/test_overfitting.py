"""The head of every preset can learn eight patients by heart: it sees what its task hangs on."""

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
from tests.presets.test_configurations import parse

PATIENTS, STEPS = 8, 200

# Voxels a side that every backbone takes, and coarse enough for a body to fit in.
SIDE, SPACING_MM = 32, 2.0


def eight_patients(vertebrae):
    """Return ellipsoid bodies in muscle, as bright as they are dense, with their targets."""
    density = torch.linspace(45.0, 185.0, PATIENTS)
    axis = (torch.arange(SIDE) - (SIDE - 1) / 2) * SPACING_MM
    left, posterior, superior = torch.meshgrid(axis, axis, axis, indexing="ij")
    body = (left / 22).square() + (posterior / 16).square() + (superior / 14).square() < 1.0
    noise = torch.randn(PATIENTS, vertebrae, SIDE, SIDE, SIDE, generator=torch.manual_seed(2))
    bone = (1.2 * density)[:, None, None, None, None]
    inside = body.expand_as(noise)
    hu = torch.where(inside, bone, 50.0) + 10.0 * noise
    category = (density < 120.0).float() + (density < 80.0).float()
    site = torch.arange(PATIENTS) % 2
    targets = torch.stack((density, (density - 160.0) / 30.0, category, site.float()), dim=1)
    present = torch.ones(PATIENTS, vertebrae, dtype=torch.bool)
    return PatchBatch(hu, inside, present, targets)


def small(head: HeadTraining) -> HeadTraining:
    """Return the training with a narrow network, and on patches that are quick to go through."""
    grid = replace(
        head.grid, shape=(SIDE,) * 3, spacing_mm=(SPACING_MM,) * 3, offset_mm=(0.0,) * 3
    )
    return replace(head, grid=grid, network=replace(head.network, width=0.125, dropout=0.0))


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


@pytest.mark.slow
@pytest.mark.parametrize("name", [preset.id for preset in read_presets()])
def test_a_preset_learns_eight_patients_by_heart(name):
    head = small(parse(name).head)
    batch = eight_patients(len(head.levels) if head.input.unit == "patient" else 1)
    torch.manual_seed(1)
    network, step = made(head, batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss, parts, _ = step(network, batch, None)
        if knows(parts):
            return
        loss.backward()
        optimiser.step()
    pytest.fail(f"after {STEPS} steps: { {part: float(value) for part, value in parts.items()} }")


def knows(parts):
    """Whether every answer is right, and every density within 10 mg/cm3 (a T-score of 0.3)."""
    limits = {"mae_mg_cm3": 10.0, "mae_t_score": 0.3}
    answered = [float(parts[part]) <= limit for part, limit in limits.items() if part in parts]
    if "accuracy" in parts:
        answered.append(float(parts["accuracy"]) == 1.0)
    return all(answered)
