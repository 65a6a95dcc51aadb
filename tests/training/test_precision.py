"""Small convolutions in bfloat16: gradients as in float32, whatever lies in freed memory."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from ctbone.training.precision import FloatSmallConvolutions


def gradient(kernel, inputs, *, bf16):
    weight = kernel.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16), FloatSmallConvolutions():
        outputs = getattr(functional, f"conv{inputs.ndim - 2}d")(inputs, weight, padding="same")
    outputs.float().square().mean().backward()
    return outputs.dtype, weight.grad


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 6, 6), (1, 3, 4)])
def test_the_gradient_of_a_small_field_is_that_of_float32(shape):
    generator = torch.Generator().manual_seed(0)
    kernel = torch.randn(32, 16, 3, 3, 3, generator=generator)
    inputs = torch.randn(4, 16, *shape, generator=generator)
    # Freed memory full of large numbers shows whether a gradient was left uninitialised.
    freed = [torch.full((2**size,), 3e4) for size in range(6, 20)]
    del freed
    dtype, found = gradient(kernel, inputs, bf16=True)
    assert dtype == torch.float32
    assert torch.equal(found, gradient(kernel, inputs, bf16=False)[1])


def test_a_large_field_and_a_kernel_of_one_stay_in_bfloat16():
    large, small = torch.randn(2, 8, 12, 12, 12), torch.randn(2, 8, 2, 2, 2)
    assert gradient(torch.randn(8, 8, 3, 3, 3), large, bf16=True)[0] == torch.bfloat16
    assert gradient(torch.randn(8, 8, 1, 1, 1), small, bf16=True)[0] == torch.bfloat16


def test_modules_are_reached_too():
    network = nn.Conv3d(1, 8, 3, padding=1)
    with torch.autocast("cpu", dtype=torch.bfloat16), FloatSmallConvolutions():
        assert network(torch.randn(1, 1, 4, 4, 4)).dtype == torch.float32
        assert network(torch.randn(1, 1, 8, 8, 8)).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("channels", "shape", "stride", "bias"),
    [
        ((64, 512), (2, 2, 2), 1, False),
        ((16, 512), (4, 4, 3), 2, True),
        ((16, 256), (3, 2), (1, 2), True),
    ],
)
def test_few_places_of_many_channels_are_convolved_alike(channels, shape, stride, bias):
    generator = torch.Generator().manual_seed(0)
    kind = nn.Conv3d if len(shape) == 3 else nn.Conv2d
    layer = kind(*channels, 3, stride=stride, padding=1, bias=bias)
    layout = torch.channels_last_3d if len(shape) == 3 else torch.channels_last
    layer.to(memory_format=layout)
    inputs = torch.randn(8, channels[0], *shape, generator=generator).requires_grad_()
    wanted = layer(inputs)
    expected = torch.autograd.grad(wanted.square().sum(), [inputs, *layer.parameters()])
    with FloatSmallConvolutions():
        found = layer(inputs)
    assert "conv" not in type(found.grad_fn).__name__.lower()
    torch.testing.assert_close(found, wanted)
    gradients = torch.autograd.grad(found.square().sum(), [inputs, *layer.parameters()])
    for one, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-3)
    assert found.is_contiguous(memory_format=layout)


def test_groups_dilation_and_named_padding_are_left_to_torch():
    inputs = torch.randn(1, 64, 3, 3)
    for options in ({"groups": 2}, {"dilation": 2, "padding": 2}, {"padding": "same"}):
        kernel = torch.randn(512, 64 // options.get("groups", 1), 3, 3)
        wanted = torch.conv2d(inputs, kernel, **options)
        with FloatSmallConvolutions():
            torch.testing.assert_close(torch.conv2d(inputs, kernel, **options), wanted)
