"""CTVolume -> VertebraLocalisation: which vertebrae there are, where, and which way they face."""

from __future__ import annotations

from ctbone.localisation.locator import Locator
from ctbone.localisation.masks import MaskEntry, MaskLocator, locate_labels
from ctbone.localisation.picture import picture

__all__ = ["Locator", "MaskEntry", "MaskLocator", "locate_labels", "picture"]
