"""Guarding 3D convolutions in bfloat16 on a processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

#: Outputs a channel of the kernel below which a convolution is done as a product of matrices.
_FEW_OUTPUTS = 0.25


class FloatSmallConvolutions(TorchFunctionMode):
    """Computes convolutions of small fields in float32 while it is entered.

    In PyTorch 2.13 the gradient of a bfloat16 kernel on a processor is left partly uninitialised,
    and memory is corrupted, where a 3D field is hardly larger than the kernel's reach: found with
    2 voxels and a kernel of 3, and with 1 to 6 voxels and a kernel of 7; in 2D with one pixel, a
    stride of 2 and a kernel of 3 or 7. Fields that small cost nothing in float32. Kernels of 1
    and other devices are left alone.

    Where there are few places for many channels, as in the last stage of a ResNet, a product of
    matrices gives the same sums in a quarter of the time.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,  # noqa: ANN401 - as the base class has it
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what the function returns
        """Call a function of torch, a small convolution without autocast."""
        del types
        kwargs = kwargs or {}
        if func in (torch.conv2d, torch.conv3d) and _is_small(args[0], args[1]):
            with torch.autocast("cpu", enabled=False):
                return _convolve(func, _Convolution(args[0].float(), *args[1:], **kwargs))
        return func(*args, **kwargs)


def _is_small(inputs: Tensor, kernel: Tensor) -> bool:
    """Say whether a side of the field is shorter than twice the kernel's."""
    if inputs.device.type != "cpu":
        return False
    sides = zip(inputs.shape[2:], kernel.shape[2:], strict=True)
    return any(k > 1 and side < 2 * k for side, k in sides)


class _Convolution(NamedTuple):
    """The arguments of ``torch.conv2d`` and ``torch.conv3d``."""

    input: Tensor
    weight: Tensor
    bias: Tensor | None = None
    stride: int | tuple[int, ...] = 1
    padding: str | int | tuple[int, ...] = 0
    dilation: int | tuple[int, ...] = 1
    groups: int = 1


def _convolve(func: Callable[..., Tensor], asked: _Convolution) -> Tensor:
    padding = _sides(asked, asked.padding)
    if padding is None or asked.groups != 1 or set(_sides(asked, asked.dilation) or ()) != {1}:
        return func(*asked)
    stride = _sides(asked, asked.stride) or ()
    kernel = asked.weight.shape[2:]
    padded = functional.pad(asked.input, [p for side in reversed(padding) for p in (side, side)])
    outputs = len(padded)
    for axis, (size, step) in enumerate(zip(kernel, stride, strict=True), start=2):
        padded = padded.unfold(axis, size, step)
        outputs *= padded.shape[axis]
    if outputs > _FEW_OUTPUTS * len(asked.weight):
        return func(*asked)
    # Channels last on both, as kernels lie in memory: neither they nor gradients are copied.
    axes = range(2, 2 + len(kernel))
    seen = padded.permute(0, *range(2, padded.ndim), 1).flatten(1 + len(kernel))
    found = functional.linear(seen, asked.weight.permute(0, *axes, 1).flatten(1), asked.bias)
    return found.movedim(-1, 1)


def _sides(asked: _Convolution, given: str | int | tuple[int, ...]) -> tuple[int, ...] | None:
    """Return a number for each axis of the field; none for a padding that has a name."""
    if isinstance(given, str):
        return None
    return (given,) * (asked.input.ndim - 2) if isinstance(given, int) else tuple(given)
