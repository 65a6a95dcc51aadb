"""Where networks run, and by what."""

from __future__ import annotations

from typing import Literal

#: Where networks run; auto takes a GPU where there is one.
Device = Literal["auto", "cpu", "cuda"]

#: What computes the head of a model.
Runtime = Literal["torch", "openvino"]


def resolve_device(wanted: Device) -> str:
    """Return the device that networks run on: a GPU where ``auto`` finds one.

    Raises:
        ValueError: If a GPU is demanded and there is none.
    """
    if wanted == "cpu":
        return "cpu"
    # Here and not above: commands that run no network start without it.
    import torch

    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise ValueError("expected a GPU for the device cuda, found none")
    return "cuda" if found else "cpu"
