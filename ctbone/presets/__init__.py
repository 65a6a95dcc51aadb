"""Published systems as configurations of ``ctbone train``. Nothing here imports torch."""

from __future__ import annotations

from ctbone.presets.catalogue import Preset, preset_text, read_presets
from ctbone.presets.listing import PresetsConfig, presets

__all__ = ["Preset", "PresetsConfig", "preset_text", "presets", "read_presets"]
