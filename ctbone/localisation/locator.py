"""The seam between what finds vertebrae and what measures them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.masks import (
    MaskLocator,
    SegmentationAlgorithm,
    TotalSegmentatorLocator,
    find_totalsegmentator,
)
from ctbone.records import VertebraLocalisation
from ctbone.resources import weights_path
from ctbone.version import __version__
from ctbone.volume import CTVolume

if TYPE_CHECKING:
    from ctbone.localisation.network import NetworkLocator

#: What can find vertebrae: the network that ships, masks on disk, or TotalSegmentator.
LocatorName = Literal["native", "masks", "totalsegmentator"]

#: The levels that quantitative CT of the spine measures.
LUMBAR = (VertebralLevel.L1, VertebralLevel.L2)


class Locator(Protocol):
    """Anything that finds vertebrae in a CT: masks on disk, a network, another program."""

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return the vertebrae in the field of view, from cranial to caudal.

        Raises:
            LocalisationError: If there is no spine, no mask, or no telling which level is which.
        """
        ...


@runtime_checkable
class FollowsNames(Protocol):
    """A locator that looks harder at some levels, and has to know which will be called those."""

    def under_names(self, names: Mapping[VertebralLevel, VertebralLevel | None], /) -> Locator:
        """Return one that looks as hard at vertebrae which a person will call these levels.

        Args:
            names: What they will be called, by what the locator calls them.
        """
        ...


def make_locator(
    name: LocatorName,
    *,
    levels: Sequence[VertebralLevel] = LUMBAR,
    device: str = "cpu",
    masks: Path | None = None,
    images: Path = Path(),
) -> Locator:
    """Return a locator by its name, ready to run.

    Args:
        name: Which; a ``masks.csv`` with the default name means masks.
        levels: What is asked of the network, which outlines them and their neighbours finely.
        device: Where a network runs.
        masks: ``masks.csv``, for masks alone.
        images: Folder that its column ``image`` is relative to.

    Raises:
        ValueError: If masks are asked for and not given, or given and not asked for, if
            ``masks.csv`` is not sound, or TotalSegmentator is not ready.
        WeightsMismatch: If the weights on disk are not those that ship.
    """
    if masks is None and name == "masks":
        raise ValueError("expected masks.csv for the locator masks, found none")
    if masks is not None and name == "totalsegmentator":
        raise ValueError("masks and the locator totalsegmentator exclude each other: give one")
    if masks is not None:
        return MaskLocator.from_csv(masks, images=images)
    if name == "totalsegmentator":
        return find_totalsegmentator(device=device)
    return shipped_locator(levels=levels, device=device)


def shipped_locator(
    *, levels: Sequence[VertebralLevel] = LUMBAR, device: str = "cpu"
) -> NetworkLocator:
    """Return the network that ships with ctbone, ready to run.

    Args:
        levels: What is asked for: they and their neighbours are outlined finely.
        device: Where it runs.

    Raises:
        WeightsMismatch: If the weights on disk are not those that ship.
    """
    return load_locator(weights_path("localiser.safetensors"), levels=levels, device=device)


def load_locator(
    weights: Path, *, levels: Sequence[VertebralLevel] = LUMBAR, device: str = "cpu"
) -> NetworkLocator:
    """Return a localiser that ``ctbone train`` wrote, ready to run with the outliner that ships.

    An outliner beside it, ``outliner.safetensors``, goes before the one that ships.

    Raises:
        ValueError: If there are no such weights, or no card beside them.
        WeightsMismatch: If the weights are not those of the card beside them.
    """
    # Here and not above: masks on disk need no deep-learning stack, which takes seconds to load.
    from ctbone.localisation.network import read_locator

    beside = weights.with_name("outliner.safetensors")
    outliner = beside if beside.is_file() else weights_path("outliner.safetensors")
    return read_locator(weights, outliner=outliner, levels=levels, device=device)


def algorithm_of(locate: Locator, *, sha256: str = "") -> SegmentationAlgorithm:
    """Return what is to be said of a locator.

    Args:
        locate: The locator.
        sha256: Digest of the weights of ctbone's own.
    """
    match locate:
        case MaskLocator():
            return SegmentationAlgorithm(name="masks given to ctbone", is_automatic=False)
        case TotalSegmentatorLocator(version=version):
            return SegmentationAlgorithm(name="TotalSegmentator", version=version)
        case _:
            return SegmentationAlgorithm(
                name="ctbone localiser", version=__version__, sha256=sha256
            )
