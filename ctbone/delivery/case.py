"""One study with its outcome, and the identity of every object that is made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ctbone.errors import NoEligibleSeries
from ctbone.ingest.attributes import derived_uid
from ctbone.interchange import ResultRow, result_cells, to_row, vertebra_cells
from ctbone.localisation import (
    PatientModule,
    SegmentationAlgorithm,
    SegmentationSource,
    segmentation_obstacle,
    source_images,
)
from ctbone.records import Rejection, ScreeningResult, SeriesRecord, StudyRecord
from ctbone.version import __version__

if TYPE_CHECKING:
    from pydicom import Dataset

#: Cells that differ between runs that found the same, by their time or their key: no identity
#: hangs on them.
_FLEETING = frozenset({"patient_id", "scanner", "seconds"})


@dataclass(frozen=True, kw_only=True)
class Case:
    """One study with its outcome.

    Attributes:
        study: The study.
        series: The series that was read, narrowed to the slices of its volume; of a rejected study
            the one that was read, else any that can be referred to; ``None`` without one.
        outcome: What came of it.
        patient: Whose patient its DICOM objects carry.
        locator: What found the vertebrae.
        digests: Digests of what decides a result, by what that is.
    """

    study: StudyRecord
    series: SeriesRecord | None
    outcome: ScreeningResult | Rejection
    patient: PatientModule
    locator: SegmentationAlgorithm
    digests: Mapping[str, str] = field(default_factory=dict)
    _images: list[list[Dataset]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @property
    def name(self) -> str:
        """What its files are called."""
        return self.study.study_uid

    @property
    def source(self) -> SegmentationSource:
        """The images, and whose patient stands in what refers to them.

        Raises:
            NoEligibleSeries: If nothing in DICOM can refer to the series.
        """
        if self.series is None:
            raise NoEligibleSeries("expected DICOM images that a result can refer to, found none")
        if obstacle := segmentation_obstacle(self.series):
            raise NoEligibleSeries(obstacle)
        return SegmentationSource(study=self.study, series=self.series, patient=self.patient)

    @cached_property
    def row(self) -> ResultRow:
        """Its row of results.csv: objects say the very numbers that the table says."""
        return to_row(self.outcome)

    @cached_property
    def levels(self) -> tuple[Mapping[str, object], ...]:
        """Its rows of vertebrae.csv."""
        return tuple(vertebra_cells(self.outcome))

    @property
    def straddles(self) -> bool | None:
        """Whether the interval includes a cut-off; ``None`` where there is no interval."""
        limits = (self.row.bmd_lower_mg_cm3, self.row.t_score_lower)
        return None if limits == (None, None) else bool(self.row.indeterminate)

    @property
    def images(self) -> list[Dataset]:
        """The images as data sets without pixels.

        Raises:
            NoEligibleSeries: If nothing in DICOM can refer to the series.
            UnreadableFile: If the first image cannot be read.
        """
        # Kept by hand: a cached_property of Python 3.11 holds one lock for all cases while it
        # works, so that one whose storage hangs would hold up those of other studies.
        if not self._images:
            self._images.append(source_images(self.source))
        return self._images[0]

    def uid(self, *parts: str) -> str:
        """Return a UID that follows from what was found and by what, and from some more parts.

        The same study screened again by the same means has the same; time and the pseudonym, which
        differs where its key does, count only where objects carry it.
        """
        carried = self.study.patient_id if self.patient == "pseudonym" else ""
        return _uid(*self._means(), self.patient, carried, self._found(), *parts)

    def series_uid(self, kind: str) -> str:
        """Return the SeriesInstanceUID of the objects of one kind, whatever was found."""
        return _uid(*self._means(), kind)

    def _means(self) -> tuple[str, ...]:
        digests = json.dumps(dict(self.digests), sort_keys=True)
        return self.study.study_uid, self.row.series_uid, __version__, self.row.model, digests

    def _found(self) -> str:
        cells = [result_cells(self.row), *map(dict, self.levels)]
        return json.dumps([_steady(row) for row in cells], sort_keys=True, default=str)


def device_uid() -> str:
    """Return the UID of this version of ctbone as what observed."""
    return _uid("ctbone", __version__)


def rejected_series(study: StudyRecord, rejection: Rejection) -> SeriesRecord | None:
    """Return the series that the report of a rejected study refers to; ``None`` if there is none.

    Reports need images only to be filed beside them: any series serves, that which was to be read
    before others.
    """
    usable = [s for s in study.series if s.slices and segmentation_obstacle(s) is None]
    read = [s for s in usable if s.series_uid == rejection.series_uid]
    return next(iter((*read, *usable)), None)


def _steady(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if name not in _FLEETING}


def _uid(*parts: str) -> str:
    return derived_uid(hashlib.sha256("\0".join(parts).encode()).hexdigest())
