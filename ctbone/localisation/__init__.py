"""CTVolume -> VertebraLocalisation: which vertebrae there are, where, and which way they face."""

from __future__ import annotations

from ctbone.localisation.configuration import LocaliseConfig
from ctbone.localisation.dataset_labels import read_dataset_labels
from ctbone.localisation.dicom_masks import DicomMasks, write_dicom_masks
from ctbone.localisation.gallery import GalleryEntry, write_gallery
from ctbone.localisation.localise import localise
from ctbone.localisation.locator import (
    Locator,
    LocatorName,
    load_locator,
    make_locator,
    shipped_locator,
)
from ctbone.localisation.mask_table import MaskEntry
from ctbone.localisation.masks import MaskLocator, locate_labels
from ctbone.localisation.picture import picture
from ctbone.localisation.segmentation import (
    SegmentationAlgorithm,
    algorithm_of,
    write_segmentation,
)
from ctbone.localisation.segmentation_source import (
    PatientModule,
    SegmentationSource,
    segmentation_obstacle,
)
from ctbone.localisation.totalsegmentator import TotalSegmentatorLocator, find_totalsegmentator

__all__ = [
    "DicomMasks",
    "GalleryEntry",
    "LocaliseConfig",
    "Locator",
    "LocatorName",
    "MaskEntry",
    "MaskLocator",
    "PatientModule",
    "SegmentationAlgorithm",
    "SegmentationSource",
    "TotalSegmentatorLocator",
    "algorithm_of",
    "find_totalsegmentator",
    "load_locator",
    "localise",
    "locate_labels",
    "make_locator",
    "picture",
    "read_dataset_labels",
    "segmentation_obstacle",
    "shipped_locator",
    "write_dicom_masks",
    "write_gallery",
    "write_segmentation",
]
