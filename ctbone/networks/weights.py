"""Weights on disk: safetensors, loaded strictly. Nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ctbone.errors import WeightsMismatch
from ctbone.runs import file_digest

#: How many names of a list a message quotes.
_QUOTED = 3


def save_weights(network: nn.Module, path: Path, *, half: bool = False) -> str:
    """Write the parameters and buffers of a network.

    Args:
        network: The network.
        path: File to write; its folder is made.
        half: Store parameters in 16 bits: half the size, about three digits. Buffers stay as they
            are: they are few, and a running variance can lie beyond what 16 bits hold.

    Returns:
        SHA-256 of the file.

    Raises:
        ValueError: If a value is not finite.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    short = {name for name, _ in network.named_parameters()} if half else set()
    tensors = {
        name: _stored(name, value, half=name in short)
        for name, value in network.state_dict().items()
    }
    save_file(tensors, path)
    return file_digest(path)


def load_weights(network: nn.Module, path: Path) -> str:
    """Load parameters and buffers into a network, in place.

    Args:
        network: The network that the weights were saved from, or one built alike.
        path: A safetensors file.

    Returns:
        SHA-256 of the file.

    Raises:
        WeightsMismatch: If the file is not safetensors, lacks a tensor, holds one too many, or
            holds one of another shape.
    """
    try:
        found = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsMismatch(
            f"expected weights in safetensors at {path.name}: {error}"
        ) from error
    wanted = network.state_dict()
    if faults := name_differences(wanted, found):
        raise WeightsMismatch(f"{path.name} does not fit {type(network).__name__}: {faults}")
    network.load_state_dict({name: found[name].to(wanted[name].dtype) for name in wanted})
    return file_digest(path)


def _stored(name: str, value: Tensor, *, half: bool) -> Tensor:
    value = value.detach().cpu().contiguous()
    value = value.to(torch.float16) if half and value.is_floating_point() else value
    if value.is_floating_point() and not bool(torch.isfinite(value).all()):
        raise ValueError(f"expected finite weights, found others in {name} as {value.dtype}")
    return value


def name_differences(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """Say what weights lack, hold too much or hold in another shape; nothing if they fit."""
    missing = [name for name in wanted if name not in found]
    unexpected = [name for name in found if name not in wanted]
    shaped = [
        f"{name} {tuple(found[name].shape)} for {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in found and found[name].shape != value.shape
    ]
    lists = {"missing": missing, "unexpected": unexpected, "of another shape": shaped}
    return "; ".join(f"{len(v)} {k} ({_quote(v)})" for k, v in lists.items() if v)


def _quote(names: list[str]) -> str:
    more = ", ..." if len(names) > _QUOTED else ""
    return ", ".join(names[:_QUOTED]) + more
