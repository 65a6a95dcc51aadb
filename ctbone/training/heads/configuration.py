"""What a head is trained on, as a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ctbone.anatomy import MeasuredLevel, require_levels
from ctbone.densitometry import DomainConfig, Phase
from ctbone.estimation.network import check_fit
from ctbone.ingest import SeriesRule
from ctbone.localisation import LocatorName, locator_choice
from ctbone.localisation.trust import TrustConfig
from ctbone.networks.backbones import least_side
from ctbone.networks.configuration import HeadConfig
from ctbone.patches import InputConfig, PatchGrid
from ctbone.training.augmentation import Augmentation

#: What the uncertainty of a head is set by.
LimitsFrom = Literal["scans", "variations"]

#: Fewest parts that patients can be split into for cross-validation.
_LEAST_FOLDS = 2


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """How a head's answers are compared with the reference."""

    beta: float = 0.5
    """Weight of a density's likelihood by its own variance, to this power: 0 is the likelihood
    itself, 1 the squared error (Seitzer et al., ICLR 2022)."""
    focal_gamma: float = 0.0
    """How much less categories count that are answered well already: 0 is cross entropy, 2 the
    usual focal loss (Lin et al., ICCV 2017)."""
    balanced: bool = False
    """Whether categories weigh the same, however rare."""
    category_weight: float = 0.5
    """Weight of the categories beside the density, of a multitask head; a design choice."""
    body_weight: float = 0.5
    """Weight of body mask and boundary, of a network that outlines too; a design choice."""
    domain_weight: float = 0.1
    """Weight of telling the sites apart, of a network that unlearns it; a design choice."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.beta <= 1.0:
            raise ValueError(f"beta must lie in [0, 1], got {self.beta}")
        for name in ("focal_gamma", "category_weight", "body_weight", "domain_weight"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class HeadTraining:
    """What a head is trained on.

    Attributes:
        export: Folder of DICOM or NIfTI files, in any layout.
        cohort: cohort.csv with the reference results and the split.
        masks: masks.csv that lists a label map for each series; without it, the locator finds the
            vertebrae.
        locator: What finds vertebrae: the shipped localiser, masks.csv or TotalSegmentator.
        localiser: Weights that ctbone train wrote, instead of those that ship.
        review: review.csv of a person who looked at the studies: those that were rejected teach
            nothing, and vertebrae have the names that it says (docs/trust.md).
        trust: Which vertebrae are left out.
        network: The head.
        input: What the head sees of a patch.
        grid: The patch.
        levels: The levels to train on.
        series: Which series of a study are eligible.
        domain: Which acquisitions are trained on. The model carries it, and screening measures
            those alone unless told otherwise.
        correction: Table that attenuation is corrected by before anything is learnt from it: the
            name of one that ships, or a file. The model carries it, and screening applies it.
        assume_phase: Phase of enhanced series whose description tells none, for the correction.
            The model carries it too.
        augmentation: How examples are varied.
        loss: How answers are compared with the reference.
        balance: Whether categories are drawn as they are, or each as often.
        folds: Parts of the patients of train and validation together for cross-validation: a model
            is trained without each, and the model folder holds them all. 0 keeps the split;
            ``"site"`` makes a part of each site, so that what held-out patients say of the model
            is said of sites that it has not seen.
        limits_from: What sets limits and probabilities: patients not learnt from, as they were
            scanned, or as other scans of them might have been, varied like the examples. The
            second is for use at sites whose scanners the training sites do not span, and as wide
            as ``augmentation`` is.
        cache: Folder for the patches; by default in the folder of the run. Several runs on one
            export can share it.
        cutters: Processes that cut patches, each with its share of the cores.
        site_key: File whose bytes key the pseudonyms; by default a random key.
    """

    export: Path
    cohort: Path
    masks: Path | None = None
    locator: LocatorName = "native"
    localiser: Path | None = None
    review: Path | None = None
    trust: TrustConfig = field(default_factory=TrustConfig)
    network: HeadConfig = field(default_factory=HeadConfig)
    input: InputConfig = field(default_factory=InputConfig)
    grid: PatchGrid = field(default_factory=PatchGrid)
    levels: tuple[MeasuredLevel, ...] = ("L1", "L2")
    series: SeriesRule = field(default_factory=SeriesRule)
    domain: DomainConfig = field(default_factory=DomainConfig)
    correction: Path | None = None
    assume_phase: Phase | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    loss: LossConfig = field(default_factory=LossConfig)
    balance: Literal["none", "category"] = "none"
    folds: int | Literal["site"] = 0
    limits_from: LimitsFrom = "scans"
    cache: Path | None = None
    cutters: int = 1
    site_key: Path | None = None

    def __post_init__(self) -> None:
        require_levels(self.levels)
        _check_folds(self.folds)
        if self.cutters < 1:
            raise ValueError(f"cutters must be at least 1, got {self.cutters}")
        if self.assume_phase and not self.correction:
            raise ValueError("assume_phase is for a correction: give correction with it")
        check_fit(self.network, self.input)
        _check_field(self)
        locator_choice(self, images=self.export)


def _check_folds(folds: int | str) -> None:
    if folds != "site" and (isinstance(folds, str) or folds < 0 or folds == 1):
        raise ValueError(f'folds must be 0, at least {_LEAST_FOLDS}, or "site", got {folds!r}')


def _check_field(config: HeadTraining) -> None:
    """Refuse a field that the network cannot take, before a cohort is cut into such patches."""
    shape, plane = config.grid.shape, config.input.plane
    least = least_side(config.network.backbone)
    sides = config.input.sides(shape)
    told = f"grid.shape is {' x '.join(map(str, shape))}"
    if min(sides) < least:
        raise ValueError(
            f"{config.network.backbone} takes images of at least {least} voxels a side, and plane "
            f"{plane} shows {' x '.join(map(str, sides))}: {told}; make it larger, or take "
            "another network.backbone"
        )
    if config.input.axial_extent > shape[2]:
        raise ValueError(
            f"input.slices {config.input.slices} with input.slice_step {config.input.slice_step} "
            f"reach over {config.input.axial_extent} axial planes, of {shape[2]}: {told}; make "
            "it larger along superior, or take fewer"
        )
