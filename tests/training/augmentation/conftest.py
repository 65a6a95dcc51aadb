"""Batches that are known everywhere, and draws that are known."""

from __future__ import annotations

import pytest
import torch

from ctbone.training.augmentation import Augmentation
from ctbone.training.augmentation.draws import Draws

#: Nothing is varied.
STILL = Augmentation(
    shift_mm=0.0, turn_degrees=0.0, mirror=False, noise_hu=0.0, sharpness=0.0, thickness_mm=0.0,
    bone_slope=0.0, offset_hu=0.0, contrast_hu=0.0, metal_share=0.0,
)  # fmt: skip

SPACING_MM = (0.9, 1.1, 1.3)


def make_draws(count, seed=0):
    return Draws(torch.Generator().manual_seed(seed), count, torch.device("cpu"))


@pytest.fixture
def batch():
    """Noise about a box of bone: int16 HU and the body, both (5, L, P, S) of unlike sides."""
    generator = torch.Generator().manual_seed(3)
    inside = torch.zeros(5, 20, 18, 14, dtype=torch.bool)
    inside[:, 5:15, 6:13, 3:11] = True
    hu = 40.0 + 110.0 * inside + 20.0 * torch.randn(inside.shape, generator=generator)
    return hu.to(torch.int16), inside
