"""CTVolume -> VertebraLocalisation: which vertebrae there are, where, and which way they face."""

from __future__ import annotations

from ctbone.localisation.locator import Locator

__all__ = ["Locator"]
