"""What was measured in a vertebra, and what was decided from that about a patient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ctbone.anatomy import VertebralLevel
from ctbone.records.flags import Flag


class BoneCategory(StrEnum):
    """Densitometric category of a patient."""

    NORMAL = "normal"
    OSTEOPENIA = "osteopenia"
    OSTEOPOROSIS = "osteoporosis"


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
        sd_mg_cm3: Predictive standard deviation of that density.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` unless the estimator is a
            classifier.
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
    probabilities: tuple[float, float, float] | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The category of a patient and the quantity that it was read from.

    Attributes:
        category: The category that the rule assigns.
        quantity: Which quantity decided: ``bmd_mg_cm3``, ``trabecular_hu`` or ``probabilities``.
        value: The patient's value of it: the mean over levels.
        bmd_mg_cm3: The patient's density; ``None`` without a calibration.
        lower_mg_cm3: Lower 90 % limit of it.
        upper_mg_cm3: Upper 90 % limit of it.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` where nothing gives them.
        indeterminate: Whether the limits straddle a cut-off.
        flags: What a reader has to know.
        rule: Name of the decision rule.
    """

    category: BoneCategory
    quantity: str
    value: float
    bmd_mg_cm3: float | None
    lower_mg_cm3: float | None
    upper_mg_cm3: float | None
    probabilities: tuple[float, float, float] | None
    indeterminate: bool
    flags: tuple[Flag, ...]
    rule: str
