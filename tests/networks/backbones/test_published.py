"""Networks of the literature have the sizes that their papers give."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks import HeadConfig, build_head

#: Parameters and features of the ImageNet networks, less their classifiers, as torchvision counts
#: them for three channels; VGG-16 less the biases that
#: normalisation makes idle.
PUBLISHED = {
    "densenet121": (7_978_856 - 1_025_000, 1024),
    "densenet169": (14_149_480 - 1_665_000, 1664),
    "densenet201": (20_013_928 - 1_921_000, 1920),
    "resnet18": (11_689_512 - 513_000, 512),
    "resnet34": (21_797_672 - 513_000, 512),
    "resnet50": (25_557_032 - 2_049_000, 2048),
    "resnet101": (44_549_160 - 2_049_000, 2048),
    "resnet152": (60_192_808 - 2_049_000, 2048),
    "vgg16": (138_365_992 - 123_642_856 - 4_224, 512),
}


@pytest.mark.parametrize(("backbone", "expected"), PUBLISHED.items())
def test_parameters_and_features(backbone, expected):
    with torch.device("meta"):
        config = HeadConfig(backbone=backbone, dimensions=2, in_channels=3)
        network = build_head(config).backbone
    found = sum(p.numel() for p in network.parameters())
    assert (found, network.features) == expected
