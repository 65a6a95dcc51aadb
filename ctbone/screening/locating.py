"""What finds the vertebrae of a run of screening, and what of it the record of the run keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import (
    Locator,
    LocatorName,
    MaskLocator,
    TotalSegmentatorLocator,
    load_locator,
    make_locator,
    shipped_locator,
)
from ctbone.runs import RunLog, config_digest, file_digest


def own_locator(weights: Path, *, levels: Sequence[VertebralLevel], log: RunLog) -> Locator:
    """Return a localiser that a user trained; its digest goes into the log.

    Raises:
        ValueError: If there are no such weights, or no card beside them.
        WeightsMismatch: If the weights are not those of the card beside them.
    """
    locator = load_locator(weights, levels=levels, device=log.device)
    log.weights |= locator.digests
    return locator


def named_locator(
    name: LocatorName,
    *,
    levels: Sequence[VertebralLevel],
    masks: Path | None,
    images: Path,
    log: RunLog,
) -> Locator:
    """Return a locator by its name; what decides its results goes into the log.

    Args:
        name: Which.
        levels: What is asked of the network.
        masks: ``masks.csv``, for masks alone.
        images: Folder that its column ``image`` is relative to.
        log: Takes digests and warnings, and says where networks run.

    Raises:
        ValueError: If the locator cannot be had as asked for.
        WeightsMismatch: If the weights on disk are not those that ship.
    """
    if masks is None and name == "native":
        log.warnings.append(
            "no --masks: the shipped localiser finds the vertebrae, and measures none whose level "
            "it cannot count from the first ribs, the last ribs or the sacrum"
        )
        native = shipped_locator(levels=levels, device=log.device)
        log.weights |= native.digests
        return native
    found = make_locator(name, device=log.device, masks=masks, images=images)
    if isinstance(found, TotalSegmentatorLocator):
        # Of weights that are not ours the version is known, and decides like a digest.
        log.weights["totalsegmentator"] = f"version {found.version}"
    return found


def masks_digest(masks: Path, *, images: Path) -> str:
    """Return a digest of what the masks hold and what their numbers mean.

    Args:
        masks: ``masks.csv``.
        images: Folder that its column ``image`` is relative to.
    """
    entries = MaskLocator.from_csv(masks, images=images).entries.values()
    there = sorted((e for e in entries if e.path.is_file()), key=lambda e: e.path)
    return config_digest([f"{file_digest(e.path)} {sorted(e.levels.items())}" for e in there])
