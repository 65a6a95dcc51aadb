"""What no loop can beat: a network's arithmetic over what this machine's convolutions do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.training.examples import SHAPE
from ctbone.training.fit import prepare_processor
from ctbone.training.fitting import FitConfig

#: The convolution that stands for the machine: channels, kernel, and voxels along each side.
_CHANNELS, _KERNEL, _SIDE, _REPEATS = 128, 3, 32, 9


def measure_floor(backbone: str, folder: Path, *, threads: int) -> dict[str, Any]:
    """Return what an example costs, forward and backward, and what the machine does a second."""
    prepare_processor(FitConfig(threads=threads))
    from benchmarks.training.own import configure
    from ctbone.networks import build_head

    network = build_head(configure(backbone, folder).network).train()
    # Two, since a batch of one cannot be normalised where a field has shrunk to a voxel.
    inputs = torch.rand(2, 2, *SHAPE)
    has_gpu = torch.cuda.is_available()
    return {
        "gflop_example": count_operations(network, inputs) / 2.0 / 1e9,
        "gflop_s": convolution_rate("cuda" if has_gpu else "cpu") / 1e9,
        "gpu": torch.cuda.get_device_name() if has_gpu else None,
    }


def count_operations(network: nn.Module, inputs: Tensor) -> float:
    """Return the floating-point operations of a step: convolutions and products of matrices."""
    with FlopCounterMode(display=False) as counter:
        network(inputs).sum().backward()
    return float(counter.get_total_flops())


def convolution_rate(device: str) -> float:
    """Return operations a second of one large 3D convolution in bfloat16, the best of several."""
    layout = torch.channels_last_3d
    layer = nn.Conv3d(_CHANNELS, _CHANNELS, _KERNEL, padding=_KERNEL // 2, bias=False)
    layer = layer.to(device, torch.bfloat16, memory_format=layout)
    inputs = torch.rand(2, _CHANNELS, _SIDE, _SIDE, _SIDE, device=device, dtype=torch.bfloat16)
    inputs = inputs.to(memory_format=layout)
    seconds = []
    with torch.inference_mode():
        for _ in range(_REPEATS):
            start = time.perf_counter()
            layer(inputs)
            if device == "cuda":
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - start)
    operations = 2.0 * inputs.numel() * _CHANNELS * _KERNEL**3
    return operations / min(seconds)
