"""What the localiser is trained on, as a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ctbone.localisation.naming import DecodeConfig
from ctbone.networks import LocaliserConfig

#: How a folder of labelled CT is laid out.
Layout = Literal["verse", "totalsegmentator", "nnunet"]

#: Patients of one kind that a seed leaves room for: training, validation and test never meet.
MOST_PATIENTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class LabelledData:
    """A folder of real CT with labelled vertebrae.

    Attributes:
        path: The folder.
        layout: verse (BIDS: rawdata and derivatives), totalsegmentator (a folder a patient, with
            ct.nii.gz and segmentations) or nnunet (imagesTr, labelsTr, dataset.json).
        share: Share of the training examples that are drawn from it.
        held_out: Share of its patients that are kept from training, for figures at its end.
    """

    path: Path
    layout: Layout
    share: float = 0.2
    held_out: float = 0.2

    def __post_init__(self) -> None:
        for name in ("share", "held_out"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class LocaliserTraining:
    """What the localiser is trained on."""

    network: LocaliserConfig
    """The network and its input."""
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    """How its maps become vertebrae; goes into the card."""
    source: Literal["cache", "stream"] = "cache"
    """cache renders every patient before the fit; stream renders new ones while it goes on, so
    that each epoch sees others."""
    patients: int = 360
    """Simulated patients that an epoch looks at."""
    fresh: int = 0
    """With stream: how many of them the next epoch replaces by new ones; 0 replaces all."""
    renderers: int = 1
    """Processes that render patients, each on one thread; on the device of the fit."""
    labelled: tuple[LabelledData, ...] = ()
    """Real CT with labelled vertebrae, to mix in."""
    validation_patients: int = 24
    """Simulated patients for choosing the best epoch, the same at every epoch."""
    validation_draws: int = 2
    """Fields of view taken from each of these."""
    test_patients: int = 60
    """Others again, for the model card: scanned and located as a study would be."""
    draws: int = 2
    """Fields of view taken from each patient in one epoch."""
    shape: tuple[int, int, int] = (64, 64, 96)
    """Voxels of a field of view: left, posterior, superior; multiples of the network's stride."""
    cache: Path | None = None
    """Folder for the rendered patients; by default ``simulated`` in the output folder."""

    def __post_init__(self) -> None:
        if any(n < 1 or n % self.network.stride for n in self.shape):
            raise ValueError(f"shape must be multiples of {self.network.stride}, got {self.shape}")
        counts = ("patients", "validation_patients", "validation_draws", "draws", "renderers")
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.test_patients < 0:
            raise ValueError(f"test_patients must not be negative, got {self.test_patients}")
        self._check_sources()

    def _check_sources(self) -> None:
        if not 0 <= self.fresh <= self.patients:
            raise ValueError(f"fresh must be from 0 to patients, got {self.fresh}")
        if self.fresh and self.source == "cache":
            raise ValueError("fresh needs source stream, got cache")
        if sum(data.share for data in self.labelled) >= 1.0:
            raise ValueError("the shares of labelled data must leave room for simulated patients")
