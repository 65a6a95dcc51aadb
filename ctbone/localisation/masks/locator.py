"""Masks that lie on disk, from any program or by hand, as a locator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.anatomy import VertebralLevel
from ctbone.errors import MaskMissing
from ctbone.ingest import read_label_map
from ctbone.localisation.masks.table import Holds, MaskEntry, read_masks
from ctbone.localisation.outlining.body import (
    Floats,
    Split,
    spine_tangents,
    split_vertebra,
    vertebra_axes,
)
from ctbone.localisation.outlining.solids import centroid_mm, keeps_clear
from ctbone.morphometry import with_morphometry
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import CTVolume, Grid, to_indices, to_patient

#: A body is whole if it leaves this many voxels free at the ends of the field of view: one is the
#: least that shows that it ends inside, less half a voxel for grids that do not coincide.
_FREE_VOXELS = 0.5

#: A vertebra that the field cuts counts if it has this share of the body of those it does not cut.
#: A design choice: with less than half of it, its centre and its level say little.
_FRAGMENT_SHARE = 0.5


@dataclass(frozen=True)
class MaskLocator:
    """Take the vertebrae from masks on disk.

    Attributes:
        entries: The mask of each series, by SeriesInstanceUID.
    """

    entries: Mapping[str, MaskEntry]

    @classmethod
    def from_csv(cls, path: Path, *, images: Path) -> MaskLocator:
        """Read ``masks.csv``.

        Args:
            path: The table.
            images: Folder that its column ``image`` is relative to.

        Raises:
            ValueError: If a row names no image or no mask, an unknown numbering or content, or an
                image that does not exist.
        """
        return cls(read_masks(path, images=images))

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return the vertebrae of the mask that lie in the volume, from cranial to caudal.

        Raises:
            MaskMissing: If no mask is listed for the series, the mask holds no vertebra, or none
                of its vertebrae lies in the volume.
            IngestError: If the mask cannot be read.
        """
        entry = self.entries.get(volume.series_uid)
        if entry is None:
            raise MaskMissing("expected a mask listed for the series, found none")
        if not entry.path.is_file():
            raise MaskMissing("the mask listed for the series does not exist")
        found = read_label_map(entry.path)
        return locate_labels(volume, found.labels, found.affine, entry=entry)


def locate_labels(
    volume: CTVolume,
    labels: NDArray[np.integer],
    affine: NDArray[np.float64],
    *,
    entry: MaskEntry,
    confidence: float = 1.0,
) -> tuple[VertebraLocalisation, ...]:
    """Turn a label map into the vertebrae that lie in a volume, from cranial to caudal.

    The grids may differ: the mask is mapped to the patient by its own affine.

    Args:
        volume: The CT.
        labels: Label of each voxel, shape ``(I, J, K)``.
        affine: Voxel index of the labels to patient position, LPS millimetres, shape ``(4, 4)``.
        entry: What the labels mean.
        confidence: Probability that a level is right; 1 for masks that a user answers for.

    Raises:
        MaskMissing: If the map holds no vertebra, none of them lies in the volume, or they run the
            wrong way, as those of another numbering do.
    """
    masks = _masks(labels, affine, entry.levels)
    if not masks:
        raise MaskMissing(f"expected {entry.numbering} labels in the mask, found no vertebra")
    inside = {level: mask for level, mask in masks.items() if _is_in_field(mask, volume)}
    if not inside:
        raise MaskMissing("the mask does not overlap the image")
    _require_order(inside, entry)
    frames = (Grid(labels.shape, affine), volume.grid)
    parts = _parts(inside, entry.holds, frames)
    bodies = {level: part.body for level, part in parts.items()}
    tangents = _tangents(bodies, frames)
    return tuple(
        replace(
            _localisation(level, part, tangents[level], is_whole=_is_whole(part.body, frames)),
            confidence=confidence,
        )
        for level, part in parts.items()
    )


def _masks(
    labels: NDArray[np.integer],
    affine: NDArray[np.float64],
    numbering: Mapping[int, VertebralLevel],
) -> dict[VertebralLevel, BodyMask]:
    """Return each level's voxels, from cranial to caudal, on a box one voxel larger than them."""
    # Searched in the order of memory, which takes a fraction of the time.
    if labels.flags.f_contiguous:
        boxes = [b and b[::-1] for b in ndimage.find_objects(labels.T, max_label=max(numbering))]
    else:
        boxes = ndimage.find_objects(labels, max_label=max(numbering))
    found = {
        level: _boxed(labels, affine, boxes[number - 1], number)
        for number, level in numbering.items()
        if boxes[number - 1] is not None
    }
    return dict(sorted(found.items(), key=lambda item: item[0].order))


def _boxed(
    labels: NDArray[np.integer],
    affine: NDArray[np.float64],
    box: tuple[slice, ...],
    number: int,
) -> BodyMask:
    start = np.array([[cut.start - 1 for cut in box]], dtype=np.float64)
    shifted = affine.copy()
    shifted[:3, 3] = to_patient(affine, start)[0]
    return BodyMask(np.pad(labels[box] == number, 1), shifted)


def _is_in_field(mask: BodyMask, volume: CTVolume) -> bool:
    index = to_indices(volume.affine, centroid_mm(mask)[None])[0]
    return bool(np.all(index >= 0.0) and np.all(index <= np.array(volume.hu.shape) - 1.0))


def _require_order(masks: Mapping[VertebralLevel, BodyMask], entry: MaskEntry) -> None:
    """Refuse levels that ascend: VerSe counts from the head, TotalSegmentator towards it."""
    heights = [centroid_mm(mask)[2] for mask in masks.values()]
    # One that ascends can be a stray voxel or a bent sacrum; most of them cannot.
    if 2 * int((np.diff(heights) > 0.0).sum()) > len(heights) - 1:
        first, *_, last = (level.name for level in masks)
        raise MaskMissing(
            f"expected {entry.numbering} labels to run from head to foot, found {first} below "
            f"{last}: the mask is probably of another numbering"
        )


def _parts(
    masks: Mapping[VertebralLevel, BodyMask], holds: Holds, frames: Sequence[Grid]
) -> dict[VertebralLevel, Split]:
    if holds == "body":
        return {level: Split(mask, None) for level, mask in masks.items()}
    tangents = _tangents(masks, frames)
    split = {level: split_vertebra(mask, tangents[level]) for level, mask in masks.items()}
    parts = {level: part for level, part in split.items() if part is not None}
    return _without_fragments(parts, [lv for lv in parts if _is_whole(masks[lv], frames)])


def _without_fragments(
    parts: dict[VertebralLevel, Split], clear: Sequence[VertebralLevel]
) -> dict[VertebralLevel, Split]:
    """Drop what is left of vertebrae whose body lies mostly outside the field of view.

    At the upper end of a field hang spinous processes of bodies that lie above it.
    """
    volumes = [parts[level].body.volume_mm3 for level in clear]
    least = _FRAGMENT_SHARE * float(np.median(volumes)) if volumes else 0.0
    return {
        level: part
        for level, part in parts.items()
        if level in clear or part.body.volume_mm3 >= least
    }


def _tangents(
    masks: Mapping[VertebralLevel, BodyMask], frames: Sequence[Grid]
) -> dict[VertebralLevel, Floats]:
    """Return each level's superior direction, from those that are whole where there are two."""
    # The centre of a mask that is cut off lies wrong, and would bend the curve.
    trusted = [level for level, mask in masks.items() if _is_whole(mask, frames)]
    if len(trusted) < 2:
        trusted = list(masks)
    curve = spine_tangents([centroid_mm(masks[level]) for level in trusted])
    known = dict(zip(trusted, curve, strict=True))
    return {
        level: known[min(trusted, key=lambda other: abs(other.order - level.order))]
        for level in masks
    }


def _is_whole(mask: BodyMask, frames: Sequence[Grid]) -> bool:
    """Say whether a mask keeps clear of the ends of the image and of its own grid."""
    return all(keeps_clear(mask, grid, voxels=_FREE_VOXELS) for grid in frames)


def _localisation(
    level: VertebralLevel, part: Split, superior: Floats, *, is_whole: bool
) -> VertebraLocalisation:
    centre = centroid_mm(part.body)
    if part.arch_mm is None:
        axes = vertebra_axes(superior)
    else:
        axes = vertebra_axes(superior, posterior=part.arch_mm - centre)
    x, y, z = (float(value) for value in centre)
    found = VertebraLocalisation(
        level=level,
        centroid_mm=(x, y, z),
        axes=axes,
        confidence=1.0,
        body=part.body,
        is_whole=is_whole,
    )
    # What the edge of the field cuts has neither height nor end plates to align with.
    return with_morphometry(found) if is_whole else found
