"""CTVolume -> VertebraLocalisation: which vertebrae there are, where, and which way they face."""

from __future__ import annotations

from ctbone.localisation.gallery import GalleryEntry, write_gallery
from ctbone.localisation.localise import LocaliseConfig, localise
from ctbone.localisation.locator import Locator, load_locator, shipped_locator
from ctbone.localisation.mask_table import MaskEntry
from ctbone.localisation.masks import MaskLocator, locate_labels
from ctbone.localisation.picture import picture

__all__ = [
    "GalleryEntry",
    "LocaliseConfig",
    "Locator",
    "MaskEntry",
    "MaskLocator",
    "load_locator",
    "localise",
    "locate_labels",
    "picture",
    "shipped_locator",
    "write_gallery",
]
