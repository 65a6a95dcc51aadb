"""What the names in tables mean, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ctbone.pages import Cell, Tone
from ctbone.records import Flag
from ctbone.report.studies import QUANTITIES, Measure, Study

#: Name and unit of each quantity of a patient.
NAMES = MappingProxyType(
    {
        "bmd_mg_cm3": ("Trabecular BMD", "mg/cm3"),
        "t_score": ("T-score expected of a DXA", "SD"),
        "trabecular_hu": ("Trabecular attenuation", "HU"),
    }
)

_TONES: Mapping[str, Tone] = MappingProxyType(
    {
        "normal": "calm",
        "no_osteoporosis": "calm",
        "osteopenia": "watch",
        "osteoporosis": "alert",
        "low_bone_mass": "alert",
    }
)

#: What a flag means to the reader of a result.
FLAGS: Mapping[Flag, str] = MappingProxyType(
    {
        Flag.CONTRAST_ENHANCED: "A contrast agent raises attenuation.",
        Flag.CONTRAST_UNKNOWN: "The header does not tell whether there was a contrast agent.",
        Flag.THICK_SLICES: "The slices are thick, which blurs end plates.",
        Flag.BONE_KERNEL: "A sharp kernel raises noise and edges.",
        Flag.KERNEL_UNKNOWN: "The header does not tell the kernel.",
        Flag.KVP_UNKNOWN: "The header does not tell the tube potential.",
        Flag.KVP_NOT_120: "The tube potential is not 120 kV, for which cut-offs in HU hold.",
        Flag.NOT_AXIAL: "The slices are not axial.",
        Flag.MARKED_DERIVED: "The images are marked as derived from others.",
        Flag.TILT_CORRECTED: "The gantry was tilted; the slices were straightened.",
        Flag.DUPLICATES_DROPPED: "Slices that came twice were used once.",
        Flag.STACK_CHOSEN: "The series holds several stacks; one was read.",
        Flag.PREFERRED_UNREADABLE: "A better series could not be read.",
        Flag.PREFERRED_OUT_OF_DOMAIN: (
            "A better series was passed over for its tube potential or kernel."
        ),
        Flag.MIXED_ACQUISITION: "The slices were not all acquired alike.",
        Flag.PADDING_REPLACED: "What lies outside the scanned circle was replaced by air.",
        Flag.UID_MISSING: "The images lack a UID; it was derived.",
        Flag.PATIENT_ID_CONFLICT: "The images of the study name more than one patient.",
        Flag.UNREADABLE_FILES_IN_STUDY: "Some files of the study could not be read.",
        Flag.AGE_UNKNOWN: "The age is not known.",
        Flag.SEX_UNKNOWN: "The sex is not known.",
        Flag.ONE_LEVEL_ONLY: "Only one of the levels could be measured.",
        Flag.FALLBACK_LEVEL: "Another level was measured in place of one that could not be.",
        Flag.BORDERLINE_HEIGHT: "A body has lost some height, too little for a fracture.",
        Flag.METAL_NEARBY: "There is metal near a measured body.",
        Flag.UNEVEN_END_PLATES: "An end plate is uneven.",
        Flag.UNCALIBRATED: "Attenuation is not calibrated: the category is an HU rule's.",
        Flag.UNCERTAINTY_UNCALIBRATED: "The limits are as the network claims them, and not set by "
        "held-out patients.",
        Flag.CALIBRATION_OF_ANOTHER_SCANNER: "The calibration was made on another scanner.",
        Flag.CALIBRATED_WITHOUT_MUSCLE: "The scan was calibrated without muscle.",
        Flag.CALIBRATED_WITHOUT_BLOOD: "The scan was calibrated without blood.",
        Flag.CORRECTED_KV: "Attenuation was corrected for the tube potential.",
        Flag.CORRECTED_CONTRAST: "Attenuation was corrected for a contrast agent.",
        Flag.CONTRAST_UNCORRECTED: "There was a contrast agent, and no correction for it.",
        Flag.SMALL_REGION: "The trabecular region is small.",
        Flag.ELLIPSE_REGION: "The trabecular region is an ellipse, not the inside of an outline.",
        Flag.UNEVEN_REGION: "Attenuation within the trabecular region is uneven.",
        Flag.NEAR_CUT_OFF: (
            "The limits reach over a cut-off, or no category has a probability of one half."
        ),
        Flag.PICTURE_FAILED: "The picture could not be drawn.",
        Flag.RELABELLED_IN_REVIEW: "A reviewer gave vertebrae of this study other names.",
        Flag.DELIVERY_FAILED: "An object for other systems could not be written.",
    }
)


def spoken(name: str) -> str:
    """Return a name of a table as words."""
    return name.replace("_", " ")


def meaning(flag: str) -> str:
    """Return what a flag means in a sentence; its words where it has none."""
    return FLAGS[Flag(flag)] if flag in set(Flag) and Flag(flag) in FLAGS else ""


def category_cell(study: Study) -> Cell:
    """Return the category of a study, or that it has none."""
    return category_words(study.category)


def category_words(category: str) -> Cell:
    """Return a category as words that catch the eye as much as they should."""
    return Cell(spoken(category), tone=_TONES.get(category, ""))


def status_cell(study: Study) -> Cell:
    """Return whether a study has a result."""
    return Cell(spoken(study.status), tone="quiet" if study.is_rejected else "")


def quantity_of(study: Study) -> str:
    """Return the quantity that says most of a study; empty where it has none."""
    decided = study.result.quantity if study.result else ""
    if decided in study.measures:
        return decided
    return next((name for name in QUANTITIES if name in study.measures), "")


def limits_of(measure: Measure, *, decimals: int = 1) -> str:
    """Return a number with its limits, which no line breaks, without its unit."""
    text = f"{measure.value:.{decimals}f}"
    if measure.lower is None or measure.upper is None:
        return text
    return f"{text} ({measure.lower:.{decimals}f}\u00a0to\u00a0{measure.upper:.{decimals}f})"


def value_cell(study: Study, *, unit: str = "") -> Cell:
    """Return what was measured in a patient.

    Args:
        study: The study.
        unit: The unit that the head of the column names already.
    """
    quantity = quantity_of(study)
    if not quantity:
        return Cell("")
    measure, (_, own) = study.measures[quantity], NAMES[quantity]
    text = limits_of(measure)
    return Cell(text if own == unit else f"{text} {own}", measure.value)
