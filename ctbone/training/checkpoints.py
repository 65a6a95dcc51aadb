"""Checkpoints of a fit, which say nothing about where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import nn

from ctbone.training.resuming import Options, require_same_options

#: What names of weights begin with in a checkpoint: the network is a part of what is fitted.
_PREFIX = "network."

#: Where a checkpoint says what its weights hang on.
OPTIONS = "options"


class NamelessCheckpoint(ModelCheckpoint):
    """The best and the last checkpoint, which name no folder: folders can carry names."""

    _PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")

    def state_dict(self) -> dict[str, Any]:
        """Return what to go on from, with the last part of every path."""
        state = super().state_dict()
        state |= {name: Path(state[name]).name for name in self._PATHS}
        kept = {Path(path).name: score for path, score in state["best_k_models"].items()}
        return state | {"best_k_models": kept, "dirpath": ""}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a state, wherever the folder lies now."""
        here = Path(self.dirpath or "")
        paths = {name: _within(here, state_dict[name]) for name in self._PATHS}
        kept = {_within(here, name): score for name, score in state_dict["best_k_models"].items()}
        whole = {"best_k_models": kept, "dirpath": self.dirpath}
        super().load_state_dict(state_dict | paths | whole)


def epochs_done(checkpoint: Path, network: nn.Module, *, of: int, options: Options) -> int:
    """Return how many epochs a checkpoint has had, from which a fit is to go on.

    Args:
        checkpoint: The last one of a run.
        network: What is to be fitted.
        of: Epochs that the whole fit is to have.
        options: What its weights are to hang on, by option.

    Raises:
        ValueError: If the checkpoint is of other options or of another network, or has had more.
    """
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    # Checkpoints of earlier versions do not say.
    require_same_options(state.get(OPTIONS, options), options, checkpoint=checkpoint.name)
    held = {name: value.shape for name, value in state["state_dict"].items()}
    wanted = {_PREFIX + name: value.shape for name, value in network.state_dict().items()}
    if odd := sorted(n for n in held.keys() | wanted.keys() if held.get(n) != wanted.get(n)):
        raise ValueError(
            f"a fit is resumed with the network that it began with, and {checkpoint.name} holds "
            f"another: {len(odd)} weights differ ({odd[0].removeprefix(_PREFIX)}); repeat its "
            "command, or give another --out"
        )
    done = int(state["epoch"]) + 1
    if done > of:
        raise ValueError(
            f"expected {done} epochs or more, which {checkpoint.name} has had, got {of}"
        )
    return done


def _within(folder: Path, name: str) -> str:
    # Checkpoints of earlier versions name whole paths.
    return str(folder / Path(name).name) if name else ""
