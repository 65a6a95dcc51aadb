"""CTVolume -> VertebraLocalisation: which vertebrae there are, where, and which way they face."""

from __future__ import annotations

from ctbone.localisation.configuration import LocaliseConfig
from ctbone.localisation.localise import localise
from ctbone.localisation.locator import (
    Locator,
    LocatorName,
    algorithm_of,
    load_locator,
    make_locator,
    shipped_locator,
)
from ctbone.localisation.masks import (
    DicomMasks,
    MaskEntry,
    MaskLocator,
    PatientModule,
    SegmentationAlgorithm,
    SegmentationSource,
    TotalSegmentatorLocator,
    copy_absence,
    find_totalsegmentator,
    locate_labels,
    mask_entry,
    read_dataset_labels,
    segmentation_obstacle,
    source_images,
    tracking_uid,
    write_dicom_masks,
    write_segmentation,
)
from ctbone.localisation.opening import LocatorChoice, locator_choice, open_locator
from ctbone.localisation.pictures import picture, picture_png
from ctbone.localisation.reviewing import (
    Verdicts,
    locate_reviewed,
    noting,
    open_review,
    relabelled,
    require_accepted,
    select_accepted,
    told_absence,
)

__all__ = [
    "DicomMasks",
    "LocaliseConfig",
    "Locator",
    "LocatorChoice",
    "LocatorName",
    "MaskEntry",
    "MaskLocator",
    "PatientModule",
    "SegmentationAlgorithm",
    "SegmentationSource",
    "TotalSegmentatorLocator",
    "Verdicts",
    "algorithm_of",
    "copy_absence",
    "find_totalsegmentator",
    "load_locator",
    "localise",
    "locate_labels",
    "locate_reviewed",
    "locator_choice",
    "make_locator",
    "mask_entry",
    "noting",
    "open_locator",
    "open_review",
    "picture",
    "picture_png",
    "read_dataset_labels",
    "relabelled",
    "require_accepted",
    "segmentation_obstacle",
    "select_accepted",
    "shipped_locator",
    "source_images",
    "told_absence",
    "tracking_uid",
    "write_dicom_masks",
    "write_segmentation",
]
