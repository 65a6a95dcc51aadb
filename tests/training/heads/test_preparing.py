"""What a head is trained on is what it sees in screening, but for what is varied on purpose."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid, VertebraPatch, to_input
from ctbone.training.augmentation import Augmentation
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.preparing import PatchBatch, Preparation

GRID = PatchGrid((20, 18, 16), (2.0, 2.0, 2.0))
SINGLE = [
    InputConfig(mask_channel=True),
    InputConfig(plane="axial", window_hu="bone"),
    InputConfig(plane="sagittal", muscle_channel=True),
    InputConfig(plane="orthogonal", only_body=True),
    InputConfig(plane="axial_slices", slices=3, slice_step=2),
]
BAGS = [
    InputConfig(plane="axial_slices", slices=3, stack="bag"),
    InputConfig(plane="volume", unit="patient"),
    InputConfig(plane="orthogonal", stack="bag", unit="patient"),
]


def config(seen, tmp_path, **options):
    network = HeadConfig(
        backbone="resnet10",
        dimensions=seen.dimensions,
        in_channels=seen.channels,
        pooling="attention" if seen.is_bag else "none",
    )
    return HeadTraining(
        export=tmp_path, cohort=tmp_path, network=network, input=seen, grid=GRID, **options
    )


@pytest.fixture
def patches():
    rng = np.random.default_rng(5)
    inside = np.zeros(GRID.shape, bool)
    inside[5:14, 4:12, 4:12] = True
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    return [
        VertebraPatch(level, rng.normal(90, 200, GRID.shape).astype(np.float32), inside, affine)
        for level in (VertebralLevel.L1, VertebralLevel.L2, VertebralLevel.L1)
    ]


def batch(patches, members, present):
    hu = torch.from_numpy(np.stack([[patches[k].hu for k in row] for row in members]))
    inside = torch.from_numpy(np.stack([[patches[k].inside for k in row] for row in members]))
    return PatchBatch(hu, inside, torch.tensor(present), torch.zeros(len(members), 4))


@pytest.mark.parametrize("seen", SINGLE)
def test_a_vertebra_is_seen_bit_for_bit_as_in_screening(seen, patches, tmp_path):
    prepare = Preparation(config(seen, tmp_path), spacing_mm=GRID.spacing_mm)
    found = prepare(batch(patches, [[0], [1], [2]], [[True]] * 3), generator=None)
    assert found.present is None
    for row, patch in zip(found.inputs, patches, strict=True):
        assert row.numpy().tobytes() == to_input(patch, config=seen).tobytes()


@pytest.mark.parametrize("seen", BAGS)
def test_bags_hold_every_plane_of_every_level(seen, patches, tmp_path):
    prepare = Preparation(config(seen, tmp_path), spacing_mm=GRID.spacing_mm)
    is_patient = seen.unit == "patient"
    members = [[0, 1], [2, 2]] if is_patient else [[0], [1]]
    present = [[True, True], [True, False]] if is_patient else [[True], [True]]
    found = prepare(batch(patches, members, present), generator=None)
    levels = len(members[0])
    assert found.inputs.shape[:2] == (2, levels * seen.instances)
    assert found.present.sum(dim=1).tolist() == [sum(row) * seen.instances for row in present]
    image = (seen.instances, *found.inputs.shape[2:])
    planes = [to_input(patches[k], config=seen).reshape(image) for k in members[0]]
    assert found.inputs[0].numpy().tobytes() == np.concatenate(planes).tobytes()


def test_variation_hangs_on_the_generator_alone(patches, tmp_path):
    prepare = Preparation(config(SINGLE[0], tmp_path), spacing_mm=GRID.spacing_mm)
    given = batch(patches, [[0], [1]], [[True]] * 2)

    def varied(seed):
        return prepare(given, generator=torch.Generator().manual_seed(seed)).inputs

    assert torch.equal(varied(3), varied(3))
    assert not torch.equal(varied(3), varied(4))
    assert not torch.equal(varied(3), prepare(given, generator=None).inputs)


def test_the_body_that_is_outlined_moves_with_the_image(patches, tmp_path):
    moved = Augmentation(noise_hu=0.0, contrast_share=0.0, metal_share=0.0, sharpness=0.0,
                         thickness_mm=0.0, bone_slope=0.0, offset_hu=0.0)  # fmt: skip
    seen = InputConfig(mask_channel=True)
    prepare = Preparation(
        config(seen, tmp_path, augmentation=moved), spacing_mm=GRID.spacing_mm, with_body=True
    )
    given = batch(patches, [[0], [1]], [[True]] * 2)
    for generator in (None, torch.Generator().manual_seed(8)):
        found = prepare(given, generator=generator)
        assert found.body.shape == (2, 1, 16, 18, 20)
        assert torch.equal(found.body, found.inputs[:, 1:])


def test_each_vertebra_that_there_is_becomes_an_example(patches):
    given = batch(patches, [[0, 1], [2, 2]], [[True, True], [True, False]])
    given.targets[:, 0] = torch.tensor([80.0, 120.0])
    alone = given.by_vertebra()
    assert alone.hu.shape == (3, 1, *GRID.shape)
    assert alone.present.all()
    assert alone.targets[:, 0].tolist() == [80.0, 80.0, 120.0]
    for row, patch in zip(alone.hu, patches, strict=True):
        np.testing.assert_array_equal(row[0].numpy(), patch.hu)
