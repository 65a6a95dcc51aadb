"""What a run of screening keeps of the masks that decide where its vertebrae lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ctbone.localisation import MaskEntry, MaskLocator
from ctbone.runs import config_digest, file_digest

#: The mask of each series, by SeriesInstanceUID.
Masks = Mapping[str, MaskEntry]


def listed_masks(masks: Path | None, *, images: Path) -> Masks:
    """Return the masks that a run was given; none where there is no file.

    Args:
        masks: ``masks.csv``.
        images: Folder that its column ``image`` is relative to.

    Raises:
        ValueError: If the file is no such table.
    """
    return {} if masks is None else MaskLocator.from_csv(masks, images=images).entries


def masks_digest(masks: Iterable[MaskEntry]) -> str:
    """Return a digest of what masks hold and what their numbers mean."""
    there = sorted((e for e in masks if e.path.is_file()), key=lambda e: e.path)
    return config_digest([f"{file_digest(e.path)} {sorted(e.levels.items())}" for e in there])
