"""Label maps as DICOM segmentations: what archives and viewers take beside the CT.

One object holds one kind of region, the vertebral bodies or what was measured within them, with a
segment a level; the two kinds overlap and make two objects of one series. Frames lie on the grid
of the labels, which is that of the CT, however its slices are turned and ordered; frames that hold
nothing are left out. UIDs follow from what is written, so that the same masks written again
replace themselves in an archive instead of piling up.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import BONE_TISSUE, VERTEBRAL_BODY, Code, VertebralLevel, anatomic_region
from ctbone.errors import IrregularGeometry
from ctbone.ingest import LabelMap
from ctbone.ingest.attributes import derived_uid
from ctbone.localisation.masks.segmentation_source import SegmentationSource, source_images
from ctbone.version import __version__
from ctbone.volume import to_patient

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription
    from pydicom import Dataset

#: Which region the labels hold.
Region = Literal["body", "trabecular"]

#: What each kind of region is called, and its number in the series.
_NAMES = {"body": "vertebral body", "trabecular": "trabecular region"}
_NUMBERS = {"body": 1, "trabecular": 2}

#: Type of each kind, and its category (DICOM PS3.16, CID 7150).
_TYPES = {"body": VERTEBRAL_BODY, "trabecular": BONE_TISSUE}
_CATEGORIES = {
    "body": Code("91723000", "SCT", "Anatomical Structure"),
    "trabecular": Code("85756007", "SCT", "Tissue"),
}

#: What vertebrae are found by (DICOM PS3.16, CID 7162).
_FAMILY = Code("123110", "DCM", "Artificial Intelligence")

#: Number of the series in its study, out of the way of those that scanners count.
_SERIES_NUMBER = 9001


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationAlgorithm:
    """What drew the labels.

    Attributes:
        name: What it is called.
        version: Its version; empty where it is not known.
        sha256: Digest of its weights; empty where it has none, or they are not known.
        is_automatic: Whether nobody had a hand in it; of masks that a user gives nobody knows.
    """

    name: str
    version: str = ""
    sha256: str = ""
    is_automatic: bool = True


def write_segmentation(
    path: Path,
    labels: LabelMap,
    *,
    source: SegmentationSource,
    algorithm: SegmentationAlgorithm,
    region: Region = "body",
) -> None:
    """Write a label map that is numbered by level as a DICOM segmentation.

    Args:
        path: Where to write.
        labels: Labels on the grid of the CT, numbered as VerSe does.
        source: Which images they are of, and whose patient stands in the file.
        algorithm: What drew them.
        region: What they hold.

    Raises:
        ValueError: If the labels hold no level or a number that is none, or a segmentation cannot
            refer to the series.
        IrregularGeometry: If the images state no frame of reference.
        UnreadableFile: If the first image cannot be read.
    """
    images = source_images(source)
    if not images[0].get("FrameOfReferenceUID"):
        raise IrregularGeometry("expected a frame of reference in the images, found none")
    levels = _levels(labels.labels)
    series_uid = source.series.series_uid
    digest = _digest(labels, (series_uid, region, *_said(algorithm)))
    described = [
        _describe(number, level, region, algorithm, tracking_uid(series_uid, region, level))
        for number, level in enumerate(levels, start=1)
    ]
    found = _segmentation(
        images,
        _volume(labels, levels),
        described,
        series_instance_uid=_uid(series_uid, *_said(algorithm)),
        sop_instance_uid=derived_uid(digest),
        instance_number=_NUMBERS[region],
        series_description=f"ctbone: {_NAMES[region]}",
        device_serial_number=algorithm.sha256[:16] or "none",
    )
    copy_absence(images[0], found)
    found.save_as(path)


def tracking_uid(series_uid: str, region: Region, level: VertebralLevel) -> str:
    """Return what tracks one region of a series through whatever speaks of it."""
    return _uid(series_uid, region, level.name)


def _levels(labels: NDArray[np.integer]) -> tuple[VertebralLevel, ...]:
    """Return the levels that occur, from cranial to caudal."""
    # Plane by plane: counting widens what it counts to eight bytes.
    counts = [np.bincount(plane.ravel("K")) for plane in np.moveaxis(labels, 2, 0)]
    numbers = {number for count in counts for number in np.flatnonzero(count).tolist()}
    if strange := sorted(numbers - {0, *map(int, VertebralLevel)}):
        raise ValueError(f"labels must be numbers of VerSe, found {strange}")
    levels = [VertebralLevel(number) for number in numbers if number]
    if not levels:
        raise ValueError("a segmentation needs a labelled vertebra, found none")
    return tuple(sorted(levels, key=lambda level: level.order))


def _volume(labels: LabelMap, levels: Sequence[VertebralLevel]) -> Any:  # noqa: ANN401
    """Return the labelled slices, numbered from 1 in the order of the levels, ``(K, J, I)``."""
    from highdicom import Volume

    table = np.zeros(max(map(int, levels)) + 1, dtype=np.uint8)
    table[[int(level) for level in levels]] = np.arange(1, len(levels) + 1)
    held = np.flatnonzero(labels.labels.any(axis=(0, 1)))
    first, last = int(held[0]), int(held[-1])
    affine = labels.affine[:, [2, 1, 0, 3]].copy()
    affine[:3, 3] = to_patient(labels.affine, np.array([[0.0, 0.0, first]]))[0]
    planes = labels.labels[:, :, first : last + 1].transpose(2, 1, 0)
    return Volume(table[planes], affine, coordinate_system="PATIENT")


def _describe(
    number: int,
    level: VertebralLevel,
    region: Region,
    algorithm: SegmentationAlgorithm,
    tracking_uid: str,
) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription

    name = f"{level.name} {_NAMES[region]}"
    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=_concept(_CATEGORIES[region]),
        segmented_property_type=_concept(_TYPES[region]),
        algorithm_type="AUTOMATIC" if algorithm.is_automatic else "SEMIAUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=algorithm.name,
            family=_concept(_FAMILY),
            version=algorithm.version or "unknown",
            source="ctbone",
            parameters={"ctbone": __version__, "weights_sha256": algorithm.sha256 or "unknown"},
        ),
        tracking_uid=tracking_uid,
        tracking_id=name,
        anatomic_regions=[_concept(anatomic_region(level))],
    )


def _concept(code: Code) -> Any:  # noqa: ANN401 - pydicom is untyped
    from pydicom.sr.coding import Code as Concept

    return Concept(code.value, code.scheme, code.meaning)


def _segmentation(
    images: Sequence[Dataset],
    volume: Any,  # noqa: ANN401 - highdicom is untyped
    described: Sequence[SegmentDescription],
    **identity: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Return the object; ``identity`` is what tells it from others."""
    from highdicom.seg import Segmentation

    with warnings.catch_warnings():
        # It doubts names of one word, which are not ours to mend.
        warnings.simplefilter("ignore", UserWarning)
        return Segmentation(
            source_images=images,
            pixel_array=volume,
            segmentation_type="BINARY",
            segment_descriptions=described,
            series_number=_SERIES_NUMBER,
            manufacturer="ctbone",
            manufacturer_model_name="ctbone",
            software_versions=__version__,
            content_label="VERTEBRAE",
            **identity,
        )


def copy_absence(image: Dataset, found: Dataset) -> None:
    """Say that the patient was left out, where that is so: highdicom does not copy it."""
    for keyword in ("PatientIdentityRemoved", "DeidentificationMethod"):
        if keyword in image:
            found[keyword] = image[keyword]


def _said(algorithm: SegmentationAlgorithm) -> tuple[str, ...]:
    return algorithm.name, algorithm.version, algorithm.sha256, __version__


def _digest(labels: LabelMap, parts: Sequence[str]) -> str:
    state = hashlib.sha256("\0".join(parts).encode())
    state.update(labels.affine.tobytes())
    state.update(np.asfortranarray(labels.labels).T.data)
    return state.hexdigest()


def _uid(*parts: str) -> str:
    return derived_uid(hashlib.sha256("\0".join(parts).encode()).hexdigest())
