"""A trained head as an estimator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ctbone.patches import InputConfig, PatchGrid, VertebraPatch, to_input
from ctbone.records import BmdEstimate

if TYPE_CHECKING:
    from torch import nn

    from ctbone.networks import HeadConfig


@dataclass(frozen=True, eq=False)
class NetworkEstimator:
    """A trained head on patches of one grid, turned to inputs by one configuration.

    Attributes:
        name: What results call it: the architecture and the start of its weights' digest.
        grid: The patch it was trained on.
        input_config: What it sees of the patch.
        head: Its architecture and task.
        network: The head with its weights, in evaluation mode.
        device: Where it runs.
    """

    name: str
    grid: PatchGrid
    input_config: InputConfig
    head: HeadConfig
    network: nn.Module = field(repr=False)
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_fit(self.head, self.input_config)
        self.network.to(self.device).eval()

    def __call__(self, patch: VertebraPatch, /) -> BmdEstimate:
        """Estimate one vertebra.

        Raises:
            ValueError: If the patch is not of the grid that the network was trained on.
        """
        return self.batch((patch,))[0]

    def batch(self, patches: tuple[VertebraPatch, ...]) -> tuple[BmdEstimate, ...]:
        """Estimate several vertebrae in one pass.

        Raises:
            ValueError: If a patch is not of the grid that the network was trained on.
        """
        if not patches:
            return ()
        outputs = self._forward(np.stack([self._input(patch) for patch in patches]))
        read = _density if self.head.task == "bmd" else _category
        return tuple(read(patch, row) for patch, row in zip(patches, outputs, strict=True))

    def _input(self, patch: VertebraPatch) -> np.ndarray[Any, np.dtype[np.float32]]:
        found = (patch.hu.shape, patch.spacing_mm)
        if found[0] != self.grid.shape or not np.allclose(found[1], self.grid.spacing_mm):
            raise ValueError(f"{self.name} wants patches of {self.grid}, got {found}")
        return to_input(patch, config=self.input_config)

    def _forward(
        self, inputs: np.ndarray[Any, np.dtype[np.float32]]
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        import torch

        with torch.inference_mode():
            outputs = self.network(torch.from_numpy(inputs).to(self.device))
        return np.asarray(outputs.double().cpu().numpy())


def check_fit(head: HeadConfig, input_config: InputConfig) -> None:
    """Refuse a head that cannot take the input.

    Raises:
        ValueError: If channels or dimensions differ.
    """
    wanted = (head.in_channels, head.dimensions)
    given = (input_config.channels, input_config.dimensions)
    if wanted != given:
        names = "channels and dimensions"
        raise ValueError(f"the head takes {wanted} {names}, the input has {given}")


def _density(patch: VertebraPatch, outputs: np.ndarray[Any, np.dtype[np.float64]]) -> BmdEstimate:
    mean, log_variance = outputs
    sd = float(np.exp(0.5 * log_variance))
    return BmdEstimate(level=patch.level, bmd_mg_cm3=float(mean), sd_mg_cm3=sd)


def _category(patch: VertebraPatch, outputs: np.ndarray[Any, np.dtype[np.float64]]) -> BmdEstimate:
    shares = np.exp(outputs - outputs.max())
    normal, osteopenia, osteoporosis = (float(p) for p in shares / shares.sum())
    return BmdEstimate(level=patch.level, probabilities=(normal, osteopenia, osteoporosis))
