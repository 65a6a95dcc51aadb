"""A trained head, or an ensemble of them, as an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.devices import Runtime
from ctbone.errors import NotEvaluable
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.reading import Floats, read_outputs
from ctbone.estimation.runtimes import Compute, computing
from ctbone.patches import InputConfig, PatchGrid, VertebraPatch, to_bags, to_input
from ctbone.records import BmdEstimate

if TYPE_CHECKING:
    from torch import Tensor, nn

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
        calibration: How its spread and its logits are corrected.
        members: Weights by name, one mapping a member; empty for those that the network has.
        runtime: What computes it.

    Raises:
        ValueError: If the head cannot take the input, or the runtime is not there.
    """

    name: str
    grid: PatchGrid
    input_config: InputConfig
    head: HeadConfig
    network: nn.Module = field(repr=False)
    device: str = "cpu"
    calibration: HeadCalibration = field(default_factory=HeadCalibration)
    members: tuple[Mapping[str, Tensor], ...] = field(default=(), repr=False)
    runtime: Runtime = "torch"
    _compute: Compute = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_fit(self.head, self.input_config)
        compute = computing(self.network, self.members, runtime=self.runtime, device=self.device)
        object.__setattr__(self, "_compute", compute)

    def __call__(self, patches: tuple[VertebraPatch, ...], /) -> tuple[BmdEstimate, ...]:
        """Estimate the vertebrae of one patient in one pass of each member.

        Raises:
            NotEvaluable: If the network gives no number for a vertebra.
            ValueError: If a patch is not of the grid that the network was trained on.
        """
        if not patches:
            return ()
        outputs = self.outputs(patches)
        for row, patch in enumerate(patches):
            if not np.isfinite(outputs[:, row]).all():
                found = "expected finite outputs of the network, found others"
                raise NotEvaluable(f"{patch.level.name}: {found}", level=patch.level)
        return read_outputs(
            outputs,
            [patch.level for patch in patches],
            task=self.head.task,
            calibration=self.calibration,
            positive=self.head.positive,
        )

    def outputs(self, patches: tuple[VertebraPatch, ...]) -> Floats:
        """Return what the network gives for the vertebrae of one patient, shape ``(M, N, K)``.

        Raises:
            ValueError: If a patch is not of the grid that the network was trained on.
        """
        import torch

        inputs = torch.from_numpy(np.stack([self._input(patch) for patch in patches]))
        if not self.input_config.is_bag:
            return self._compute(inputs)
        together = self.input_config.unit == "patient"
        shape = (1, len(patches)) if together else (len(patches), 1)
        everything = torch.ones(shape, dtype=torch.bool)
        outputs = self._compute(to_bags(inputs, everything, config=self.input_config)[0])
        # One answer for the patient, and each level carries it.
        return np.repeat(outputs, len(patches), axis=1) if together else outputs

    def _input(self, patch: VertebraPatch) -> NDArray[np.float32]:
        if not patch.is_of(self.grid):
            found = (patch.hu.shape, patch.spacing_mm, patch.offset_mm)
            raise ValueError(f"{self.name} wants patches of {self.grid}, got {found}")
        return to_input(patch, config=self.input_config)


def check_fit(head: HeadConfig, input_config: InputConfig) -> None:
    """Refuse a head that cannot take the input.

    Raises:
        ValueError: If channels or dimensions differ, one has several instances and the other not,
            or the head looks for a body mask that the input does not have.
    """
    wanted = (head.in_channels, head.dimensions)
    given = (input_config.channels, input_config.dimensions)
    if wanted != given:
        names = "channels and dimensions"
        raise ValueError(f"the head takes {wanted} {names}, the input has {given}")
    if head.core_voxels and not input_config.mask_channel:
        raise ValueError("core_voxels needs the body: set mask_channel of the input")
    pooling = "attention" if input_config.is_bag else "none"
    if head.pooling != pooling:
        what = "several planes or levels" if input_config.is_bag else "one image"
        raise ValueError(f"{what} an example needs pooling {pooling!r}, got {head.pooling!r}")
