"""What a run delivers of each study, and the one place that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from ctbone.attempts import Failure, guard, within
from ctbone.delivery.capture import write_capture
from ctbone.delivery.case import Case, rejected_series
from ctbone.delivery.document import write_document
from ctbone.delivery.filing import DICOM, OBSERVATION, Place
from ctbone.delivery.observation import write_observation
from ctbone.delivery.report import write_report
from ctbone.localisation import (
    PatientModule,
    SegmentationAlgorithm,
    picture,
    write_dicom_masks,
)
from ctbone.records import Flag, Rejection, ScreeningResult, SeriesRecord, StudyRecord
from ctbone.volume import CTVolume

#: What can be delivered: the structured report, segmentations of bodies and regions, the picture
#: as a secondary capture, a page as an encapsulated PDF, and a FHIR Observation.
Deliverable = Literal["sr", "seg", "capture", "pdf", "fhir"]

#: Longest time that is waited for the headers of the images of a rejected study, seconds: what
#: rejected it may be that their storage hangs.
_PATIENCE_S = 60.0

#: Makes one kind of object in the folder that it is given, or returns why it cannot.
_Make = Callable[[Path], Failure | None]


class Deliver(Protocol):
    """Writes outcomes as other systems read them, and says what a reader has to know of that."""

    def __call__(
        self, study: StudyRecord, series: SeriesRecord, volume: CTVolume, result: ScreeningResult
    ) -> tuple[Flag, ...]:
        """Write the result of a study."""
        ...

    def refuse(self, study: StudyRecord, rejection: Rejection) -> tuple[Flag, ...]:
        """Tell of a study without a result."""
        ...


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Writes the results of one study after the other as other systems read them.

    Whatever goes wrong with one object costs that object alone: the outcome of the study stands,
    with a flag, and ``undelivered`` says why.

    Attributes:
        out: Folder of the run.
        wanted: What to write.
        patient: Whose patient stands in DICOM objects.
        of_rejected: Whether rejected studies get a report that says why.
        locator: What finds the vertebrae.
        digests: Digests of what decides a result, by what that is.
        pictures: Folder of the pictures of the run, by StudyInstanceUID; ``None`` where it draws
            none.
    """

    out: Path
    wanted: tuple[Deliverable, ...]
    patient: PatientModule = "source"
    of_rejected: bool = False
    locator: SegmentationAlgorithm
    digests: Mapping[str, str] = field(default_factory=dict)
    pictures: Path | None = None

    def __call__(
        self, study: StudyRecord, series: SeriesRecord, volume: CTVolume, result: ScreeningResult
    ) -> tuple[Flag, ...]:
        """Write what is wanted of a screened study, and say whether something is missing."""
        case = self._case(study, series, result)
        draw = partial(self._drawn, volume, result)
        makes: dict[str, _Make] = {
            "seg": partial(_segment, case, volume, result),
            "sr": partial(_report, case),
            "capture": partial(_capture, case, draw),
            "pdf": partial(_page, case, draw),
            "fhir": partial(_observe, case),
        }
        wanted: dict[str, _Make] = {k: make for k, make in makes.items() if k in self.wanted}
        place = self._place(study)
        return _told(place, guard(partial(_fill, place, wanted)))

    def refuse(self, study: StudyRecord, rejection: Rejection) -> tuple[Flag, ...]:
        """Remove what was delivered of a study that is now rejected; say why where that is asked.

        Returns:
            Whether something that is asked for is missing.
        """
        case = self._case(study, rejected_series(study, rejection), rejection)
        makes: dict[str, _Make] = {
            "sr": partial(_late_report, case),
            "fhir": partial(_observe, case),
        }
        asked = [kind for kind in makes if kind in self.wanted and self.of_rejected]
        place = self._place(study)
        filled = partial(_fill, place, {kind: makes[kind] for kind in asked})
        return _told(place, guard(filled))

    def _case(
        self,
        study: StudyRecord,
        series: SeriesRecord | None,
        outcome: ScreeningResult | Rejection,
    ) -> Case:
        return Case(
            study=study,
            series=series,
            outcome=outcome,
            patient=self.patient,
            locator=self.locator,
            digests=self.digests,
        )

    def _place(self, study: StudyRecord) -> Place:
        return Place(self.out, study.study_uid)

    def _drawn(self, volume: CTVolume, result: ScreeningResult, folder: Path) -> Path:
        """Return the picture of a study: that of the run, or one of its own."""
        if self.pictures is not None and Flag.PICTURE_FAILED not in result.flags:
            return self.pictures / f"{result.study_uid}.png"
        path = folder / "picture.png"
        if not path.is_file():
            picture(volume, result.vertebrae, result.estimates, path)
        return path


def _told(place: Place, filed: Mapping[str, str] | Failure) -> tuple[Flag, ...]:
    """Return whether something is missing, and say so where it was to lie."""
    if isinstance(filed, Failure):
        # A full disk leaves no room even to say so; the flag does.
        guard(partial(place.tell, {"all": filed.detail}))
    return (Flag.DELIVERY_FAILED,) if filed else ()


def _segment(case: Case, volume: CTVolume, result: ScreeningResult, folder: Path) -> None:
    write_dicom_masks(
        folder / DICOM,
        volume,
        result.vertebrae,
        source=case.source,
        algorithm=case.locator,
        measured=case.row.levels,
    )


def _report(case: Case, folder: Path) -> None:
    regions = _path(case, folder, "trabecular")
    path = _path(case, folder, "report")
    write_report(path, case, regions=regions if regions.is_file() else None)


def _late_report(case: Case, folder: Path) -> Failure | None:
    """Write the report of a rejected study, unless its images cannot be had in time.

    What is left to itself then only reads: it writes nothing once others were told otherwise.
    """
    read = within(_PATIENCE_S, lambda: case.images)
    if isinstance(read, Failure):
        return read
    _report(case, folder)
    return None


def _capture(case: Case, draw: Callable[[Path], Path], folder: Path) -> None:
    write_capture(_path(case, folder, "capture"), case, picture=draw(folder))


def _page(case: Case, draw: Callable[[Path], Path], folder: Path) -> None:
    write_document(_path(case, folder, "page"), case, picture=draw(folder))


def _observe(case: Case, folder: Path) -> None:
    write_observation(folder / OBSERVATION, case)


def _path(case: Case, folder: Path, kind: str) -> Path:
    return folder / DICOM / f"{case.name}-{kind}.dcm"


def _fill(place: Place, makes: Mapping[str, _Make]) -> Mapping[str, str]:
    """Make objects and put them in place; return what could not be made, and why."""
    place.clear()
    if not makes:
        return {}
    failures = {}
    with place.workshop() as folder:
        for kind, make in makes.items():
            done = guard(partial(make, folder))
            if isinstance(done, Failure):
                failures[kind] = done.detail
        place.take(folder)
    place.tell(failures)
    return failures
