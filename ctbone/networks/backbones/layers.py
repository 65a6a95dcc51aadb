"""Layers in two and three dimensions by one name."""

from __future__ import annotations

from typing import Literal

from torch import nn

Dimensions = Literal[2, 3]

_CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
_NORMS = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_POOLS = {2: nn.MaxPool2d, 3: nn.MaxPool3d}

#: How torch calls interpolation between neighbouring pixels.
LINEAR = {2: "bilinear", 3: "trilinear"}


def convolution(
    dimensions: Dimensions, inputs: int, outputs: int, *, kernel: int = 3, bias: bool = True
) -> nn.Module:
    """Build a convolution that keeps the size of its input."""
    return _CONVOLUTIONS[dimensions](inputs, outputs, kernel, padding=kernel // 2, bias=bias)


def convolve(
    dimensions: Dimensions, inputs: int, outputs: int, *, kernel: int = 3
) -> tuple[nn.Module, nn.Module, nn.Module]:
    """Build a convolution, its batch normalisation and a rectifier.

    The normalisation shifts, so that the convolution needs no bias.
    """
    return (
        convolution(dimensions, inputs, outputs, kernel=kernel, bias=False),
        _NORMS[dimensions](outputs),
        nn.ReLU(inplace=True),
    )


def halve(dimensions: Dimensions) -> nn.Module:
    """Build a pooling that keeps the greatest of each block of two pixels a side."""
    return _POOLS[dimensions](2)
