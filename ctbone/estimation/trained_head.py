"""What a model folder is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctbone.estimation.conditions import Conditions
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.network import check_fit
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import to_plain

if TYPE_CHECKING:
    from torch import nn

    from ctbone.networks import HeadConfig


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """What a head was trained on, as its folder tells it.

    Attributes:
        seed: Of every draw.
        patients: How many, by split.
        sites: Where they come from, by the names of the cohort.
        reference_standard: What the head was taught to answer with.
        cohort_sha256: Digest of ``cohort.csv``.
        patches_sha256: Digest of the keys that the patches are kept under.
        validation_chose_epoch: Whether the validation patients chose the epoch that was kept.
        details: Anything else that JSON can hold, by name.
    """

    seed: int
    patients: Mapping[str, int] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    reference_standard: str = ""
    cohort_sha256: str = ""
    patches_sha256: str = ""
    validation_chose_epoch: bool = True
    details: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if taken := sorted(self.details.keys() & self.__dict__.keys()):
            raise ValueError(f"details must not repeat what has a field of its own, got {taken}")

    def to_mapping(self) -> dict[str, Any]:
        """Return it as ``model.json`` holds it, the details beside the rest."""
        plain: dict[str, Any] = to_plain(self)
        details: dict[str, Any] = plain.pop("details")
        return plain | details


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedHead:
    """A head, and all that has to be known of it.

    Attributes:
        network_config: Architecture and task.
        input_config: What it sees of a patch.
        grid: The patch it was trained on.
        networks: The head with its weights, or the members of an ensemble.
        validation: Figures on the validation split, by name.
        training: What it was trained on.
        calibration: How its spread and its logits are corrected.
        config: The resolved configuration of its training, as YAML; empty for none.
        conditions: What it was taught under, which whoever measures with it keeps to.
    """

    network_config: HeadConfig
    input_config: InputConfig
    grid: PatchGrid
    networks: tuple[nn.Module, ...] = field(repr=False)
    validation: Mapping[str, float]
    training: TrainingRecord
    calibration: HeadCalibration = field(default_factory=HeadCalibration)
    config: str = field(default="", repr=False)
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        check_fit(self.network_config, self.input_config)
        if not self.networks:
            raise ValueError("networks must be one or several, got none")
