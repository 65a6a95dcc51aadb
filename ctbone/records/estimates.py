"""What was measured in a vertebra, and what was decided from that about a patient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ctbone.anatomy import VertebralLevel
from ctbone.records.flags import Flag


class BoneCategory(StrEnum):
    """Densitometric category of a patient."""

    NORMAL = "normal"
    OSTEOPENIA = "osteopenia"
    OSTEOPOROSIS = "osteoporosis"


class CoarseCategory(StrEnum):
    """What a test says of a patient that tells two groups apart, and not three."""

    NO_OSTEOPOROSIS = "no_osteoporosis"
    LOW_BONE_MASS = "low_bone_mass"


#: What a two-way test looks for: osteoporosis, or that and osteopenia together.
BinaryTarget = Literal["osteoporosis", "low_bone_mass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryAnswer:
    """What a two-way test says of one vertebral body.

    Attributes:
        target: What it looks for.
        probability: Of that.
        threshold: Probability from which on the test says yes.
    """

    target: BinaryTarget
    probability: float
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BmdEstimate:
    """What was measured in one vertebral body.

    Attributes:
        level: Its anatomical level.
        trabecular_hu: Mean attenuation of the trabecular region, Hounsfield units; this and what
            follows of the region is ``None`` when the estimator does not measure it.
        trabecular_median_hu: Median attenuation of its voxels, Hounsfield units.
        trabecular_sd_hu: Standard deviation of them, Hounsfield units.
        trabecular_p10_hu: 10th percentile of them, Hounsfield units.
        trabecular_p90_hu: 90th percentile of them, Hounsfield units.
        trabecular_volume_mm3: Volume of the region, cubic millimetres.
        bmd_mg_cm3: Volumetric trabecular density; ``None`` without a calibration.
        sd_mg_cm3: Predictive standard deviation of that density, as a part of the mean over the
            levels of the patient.
        sd_degrees_of_freedom: What that was estimated with, so that limits are those of Student's
            t; ``None`` where it counts as known, and they are those of the normal distribution.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` unless the estimator is a
            classifier of three.
        binary: Answer of a two-way classifier; ``None`` of any other estimator.
        t_score: T-score that a DXA of the patient is expected to give; ``None`` unless the
            estimator was trained on such.
        t_score_sd: Predictive standard deviation of that.
        flags: What the estimator noticed.
    """

    level: VertebralLevel
    trabecular_hu: float | None = None
    trabecular_median_hu: float | None = None
    trabecular_sd_hu: float | None = None
    trabecular_p10_hu: float | None = None
    trabecular_p90_hu: float | None = None
    trabecular_volume_mm3: float | None = None
    bmd_mg_cm3: float | None = None
    sd_mg_cm3: float | None = None
    sd_degrees_of_freedom: int | None = None
    probabilities: tuple[float, float, float] | None = None
    binary: BinaryAnswer | None = None
    t_score: float | None = None
    t_score_sd: float | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QctScores:
    """Where the density of a patient stands among a reference population; it decides nothing.

    Neither is the T-score of a DXA, nor what a DXA is expected to give: that is ``t_score`` of a
    decision.

    Attributes:
        t_score: Standard deviations above the mean density of young adults; ``None`` where no
            population is configured, or it is not one for this patient.
        z_score: Standard deviations above the mean density of the same age and sex; likewise.
        detail: Why one of them is missing where a population is configured, in one line.
    """

    t_score: float | None = None
    z_score: float | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", " ".join(self.detail.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The category of a patient and the quantity that it was read from.

    Attributes:
        category: The category that the rule assigns, or one of a two-way test.
        quantity: Which quantity decided: ``bmd_mg_cm3``, ``trabecular_hu``, ``t_score``,
            ``probabilities`` or ``binary``.
        value: The patient's value of it: the mean over levels.
        bmd_mg_cm3: The patient's density; ``None`` without a calibration.
        lower_mg_cm3: Lower 90 % limit of it.
        upper_mg_cm3: Upper 90 % limit of it.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` where nothing gives them.
        indeterminate: Whether the limits straddle a cut-off.
        binary: Answer of a two-way test; ``None`` of any other.
        t_score: The patient's T-score, measured by no DXA but expected of one; ``None`` where
            nothing gives it.
        t_score_lower: Lower 90 % limit of it.
        t_score_upper: Upper 90 % limit of it.
        flags: What a reader has to know.
        rule: Name of the decision rule.
    """

    category: BoneCategory | CoarseCategory
    quantity: str
    value: float
    bmd_mg_cm3: float | None
    lower_mg_cm3: float | None
    upper_mg_cm3: float | None
    probabilities: tuple[float, float, float] | None
    indeterminate: bool
    flags: tuple[Flag, ...]
    rule: str
    binary: BinaryAnswer | None = None
    t_score: float | None = None
    t_score_lower: float | None = None
    t_score_upper: float | None = None
