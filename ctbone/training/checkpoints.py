"""Checkpoints of a fit, which say nothing about where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import ModelCheckpoint


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


def _within(folder: Path, name: str) -> str:
    # Checkpoints of earlier versions name whole paths.
    return str(folder / Path(name).name) if name else ""
