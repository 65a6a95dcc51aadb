"""The DICOM segmentations of one study: its vertebral bodies, and what was measured in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, guard
from ctbone.ingest import LabelMap
from ctbone.localisation.masks.labels import label_map, trabecular_map
from ctbone.localisation.masks.segmentation import (
    Region,
    SegmentationAlgorithm,
    write_segmentation,
)
from ctbone.localisation.masks.segmentation_source import PatientModule, SegmentationSource
from ctbone.records import SeriesRecord, StudyRecord, VertebraLocalisation
from ctbone.volume import CTVolume


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomMasks:
    """Write the segmentations of one study after the other, where they are asked for.

    Attributes:
        folder: Where to write.
        patient: Whose patient stands in them; ``None`` to write none.
        algorithm: What draws them.
    """

    folder: Path
    patient: PatientModule | None
    algorithm: SegmentationAlgorithm

    def __call__(
        self,
        study: StudyRecord,
        series: SeriesRecord,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation],
    ) -> bool:
        """Write those of a study, and say whether what was asked for is there.

        Some series cannot be referred to; what was found in them is worth keeping all the same.
        """
        if self.patient is None:
            return True
        source = SegmentationSource(study=study, series=series, patient=self.patient)
        folder, drawn_by = self.folder, self.algorithm
        done = guard(
            lambda: write_dicom_masks(folder, volume, vertebrae, source=source, algorithm=drawn_by)
        )
        return not isinstance(done, Failure)


def write_dicom_masks(
    folder: Path,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    *,
    source: SegmentationSource,
    algorithm: SegmentationAlgorithm,
    measured: Collection[VertebralLevel] | None = None,
) -> tuple[Path, ...]:
    """Write what there is of a study: ``STUDY_UID-body.dcm`` and ``STUDY_UID-trabecular.dcm``.

    The trabecular region is written of vertebrae that were measured.

    Args:
        folder: Where to write; it is made if need be.
        volume: The CT.
        vertebrae: What was located in it.
        source: Which images the masks are of.
        algorithm: What drew them.
        measured: Levels that were measured; by default all that may be.

    Raises:
        ValueError: If a segmentation cannot refer to the series; ``segmentation_obstacle`` says so
            beforehand.
        IrregularGeometry: If the images state no frame of reference.
        UnreadableFile: If the first image cannot be read.
    """
    regions = [
        v for v in vertebrae if v.reason is None and (measured is None or v.level in measured)
    ]
    maps: dict[Region, NDArray[np.uint8]] = {
        "body": label_map(volume.grid, vertebrae),
        "trabecular": trabecular_map(volume, regions),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for region, labels in maps.items():
        if labels.any():
            written.append(folder / f"{source.study.study_uid}-{region}.dcm")
            write_segmentation(
                written[-1],
                LabelMap(labels, volume.affine),
                source=source,
                algorithm=algorithm,
                region=region,
            )
    return tuple(written)
