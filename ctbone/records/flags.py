"""Flags: what a reader of a result has to know beside it."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    """What a reader of a result has to know about how it came about."""

    CONTRAST_ENHANCED = "contrast_enhanced"
    CONTRAST_UNKNOWN = "contrast_unknown"
    THICK_SLICES = "thick_slices"
    BONE_KERNEL = "bone_kernel"
    KERNEL_UNKNOWN = "kernel_unknown"
    KVP_UNKNOWN = "kvp_unknown"
    KVP_NOT_120 = "kvp_not_120"
    NOT_AXIAL = "not_axial"
    MARKED_DERIVED = "marked_derived"
    TILT_CORRECTED = "tilt_corrected"
    DUPLICATES_DROPPED = "duplicates_dropped"
    STACK_CHOSEN = "stack_chosen"
    PREFERRED_UNREADABLE = "preferred_unreadable"
    MIXED_ACQUISITION = "mixed_acquisition"
    PADDING_REPLACED = "padding_replaced"
    UID_MISSING = "uid_missing"
    PATIENT_ID_CONFLICT = "patient_id_conflict"
    UNREADABLE_FILES_IN_STUDY = "unreadable_files_in_study"
    AGE_UNKNOWN = "age_unknown"
    SEX_UNKNOWN = "sex_unknown"
    ONE_LEVEL_ONLY = "one_level_only"
    FALLBACK_LEVEL = "fallback_level"
    BORDERLINE_HEIGHT = "borderline_height"
    METAL_NEARBY = "metal_nearby"
    UNEVEN_END_PLATES = "uneven_end_plates"
    UNCALIBRATED = "uncalibrated"
    UNCERTAINTY_UNCALIBRATED = "uncertainty_uncalibrated"
    CALIBRATION_OF_ANOTHER_SCANNER = "calibration_of_another_scanner"
    SMALL_REGION = "small_region"
    ELLIPSE_REGION = "ellipse_region"
    UNEVEN_REGION = "uneven_region"
    NEAR_CUT_OFF = "near_cut_off"
    PICTURE_FAILED = "picture_failed"
