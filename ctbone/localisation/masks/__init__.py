"""Label maps: vertebrae out of those of any program, and what was found written as label maps.

``locator`` and ``totalsegmentator`` find vertebrae in masks that ``table`` lists or another
program draws; ``labels`` paints label maps, ``dicom`` writes them as segmentations of the CT.
"""

from __future__ import annotations

from ctbone.localisation.masks.dataset_labels import read_dataset_labels
from ctbone.localisation.masks.dicom import DicomMasks, write_dicom_masks
from ctbone.localisation.masks.labels import label_map
from ctbone.localisation.masks.locator import MaskLocator, locate_labels
from ctbone.localisation.masks.segmentation import (
    SegmentationAlgorithm,
    copy_absence,
    tracking_uid,
    write_segmentation,
)
from ctbone.localisation.masks.segmentation_source import (
    PatientModule,
    SegmentationSource,
    segmentation_obstacle,
    source_images,
)
from ctbone.localisation.masks.table import MaskEntry, mask_entry
from ctbone.localisation.masks.totalsegmentator import (
    TotalSegmentatorLocator,
    find_totalsegmentator,
)

__all__ = [
    "DicomMasks",
    "MaskEntry",
    "MaskLocator",
    "PatientModule",
    "SegmentationAlgorithm",
    "SegmentationSource",
    "TotalSegmentatorLocator",
    "copy_absence",
    "find_totalsegmentator",
    "label_map",
    "locate_labels",
    "mask_entry",
    "read_dataset_labels",
    "segmentation_obstacle",
    "source_images",
    "tracking_uid",
    "write_dicom_masks",
    "write_segmentation",
]
