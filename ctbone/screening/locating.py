"""What a run of screening keeps of the masks that decide where its vertebrae lie."""

from __future__ import annotations

from pathlib import Path

from ctbone.localisation import MaskLocator
from ctbone.runs import config_digest, file_digest


def masks_digest(masks: Path, *, images: Path) -> str:
    """Return a digest of what the masks hold and what their numbers mean.

    Args:
        masks: ``masks.csv``.
        images: Folder that its column ``image`` is relative to.
    """
    entries = MaskLocator.from_csv(masks, images=images).entries.values()
    there = sorted((e for e in entries if e.path.is_file()), key=lambda e: e.path)
    return config_digest([f"{file_digest(e.path)} {sorted(e.levels.items())}" for e in there])
