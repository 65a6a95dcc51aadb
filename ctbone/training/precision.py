"""Guarding 3D convolutions in bfloat16 on a processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode


class FloatSmallConvolutions(TorchFunctionMode):
    """Computes convolutions of small fields in float32 while it is entered.

    In PyTorch 2.13 the gradient of a bfloat16 kernel on a processor is left partly uninitialised,
    and memory is corrupted, where a 3D field is hardly larger than the kernel's reach: found with
    2 voxels and a kernel of 3, and with 1 to 6 voxels and a kernel of 7; in 2D with one pixel, a
    stride of 2 and a kernel of 3 or 7. Fields that small cost nothing in float32. Kernels of 1
    and other devices are left alone.
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
                return func(args[0].float(), *args[1:], **kwargs)
        return func(*args, **kwargs)


def _is_small(inputs: Tensor, kernel: Tensor) -> bool:
    """Say whether a side of the field is shorter than twice the kernel's."""
    if inputs.device.type != "cpu":
        return False
    sides = zip(inputs.shape[2:], kernel.shape[2:], strict=True)
    return any(k > 1 and side < 2 * k for side, k in sides)
