"""A locator as a user asks for it, made ready; what decides its results goes into the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.locator import (
    Locator,
    LocatorName,
    load_locator,
    make_locator,
    shipped_locator,
)
from ctbone.localisation.masks import TotalSegmentatorLocator
from ctbone.runs import RunLog


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatorChoice:
    """What finds the vertebrae of a run.

    Attributes:
        name: Which locator.
        masks: ``masks.csv``, for masks alone.
        images: Folder that its column ``image`` is relative to.
        localiser: Weights that ``ctbone train`` wrote, instead of those that ship.
    """

    name: LocatorName = "native"
    masks: Path | None = None
    images: Path = Path()
    localiser: Path | None = None

    def __post_init__(self) -> None:
        if (self.masks or self.name != "native") and self.localiser:
            other = "masks" if self.masks else f"the locator {self.name}"
            raise ValueError(f"{other} and a localiser exclude each other: give one of them")


class AsksForLocator(Protocol):
    """A configuration that says what finds vertebrae."""

    @property
    def locator(self) -> LocatorName:
        """Which locator."""

    @property
    def masks(self) -> Path | None:
        """``masks.csv``, or nothing."""

    @property
    def localiser(self) -> Path | None:
        """Weights of one's own, or nothing."""


def locator_choice(asked: AsksForLocator, *, images: Path) -> LocatorChoice:
    """Return what finds the vertebrae of the studies in a folder, as a command was asked.

    Raises:
        ValueError: If masks and a localiser exclude each other.
    """
    return LocatorChoice(
        name=asked.locator, masks=asked.masks, images=images, localiser=asked.localiser
    )


def open_locator(
    choice: LocatorChoice, *, levels: Sequence[VertebralLevel], log: RunLog
) -> Locator:
    """Return a locator, ready to run; what decides its results goes into the log.

    Args:
        choice: Which.
        levels: What is asked of the network.
        log: Takes digests and warnings, and says where networks run.

    Raises:
        ValueError: If the locator cannot be had as asked for.
        WeightsMismatch: If weights on disk are not those of their card.
    """
    if choice.masks is None and choice.name == "native":
        return _open_native(choice.localiser, levels=levels, log=log)
    found = make_locator(choice.name, device=log.device, masks=choice.masks, images=choice.images)
    if isinstance(found, TotalSegmentatorLocator):
        # Of weights that are not ours the version is known, and decides like a digest.
        log.weights["totalsegmentator"] = f"version {found.version}"
    return found


def _open_native(
    weights: Path | None, *, levels: Sequence[VertebralLevel], log: RunLog
) -> Locator:
    if weights is None:
        log.warnings.append(
            "no --masks: the shipped localiser finds the vertebrae, and measures none whose level "
            "it cannot count from the first ribs, the last ribs or the sacrum"
        )
        locator = shipped_locator(levels=levels, device=log.device)
    else:
        locator = load_locator(weights, levels=levels, device=log.device)
    log.weights |= locator.digests
    return locator
