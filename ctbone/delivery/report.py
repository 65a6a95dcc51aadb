"""The outcome of a study as a DICOM structured report: a TID 1500 Measurement Report.

It is preliminary and unverified: nobody has looked at it. The library of images is written here
and not by highdicom, which takes minutes for the images of a thin-slice series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctbone.anatomy import Code, VertebralLevel
from ctbone.delivery import codes
from ctbone.delivery.case import Case, device_uid
from ctbone.delivery.codes import concept, own_scheme
from ctbone.delivery.groups import Segments, level_groups, patient_group
from ctbone.delivery.header import finish, identity, unquestioned
from ctbone.delivery.wording import CAVEAT, told
from ctbone.version import __version__

if TYPE_CHECKING:
    from pydicom import Dataset


def write_report(path: Path, case: Case, *, regions: Path | None = None) -> None:
    """Write the report of a study, whether it was screened or rejected.

    Args:
        path: Where to write.
        case: The study and its outcome.
        regions: Segmentation of the trabecular regions, whose segments the levels refer to;
            without it, they refer to none.

    Raises:
        NoEligibleSeries: If nothing in DICOM can refer to the series.
        UnreadableFile: If the first image cannot be read.
    """
    from highdicom.sr import ComprehensiveSR

    segments = _segments(regions) if regions else None
    referred = [segments.dataset] if segments else []
    with unquestioned():
        found = ComprehensiveSR(
            evidence=[case.images[0], *referred],
            content=_content(case, segments)[0],
            is_complete=True,
            **identity(case, "report", *(item.SOPInstanceUID for item in referred)),
        )
    _insert_library(found, case.images)
    found.CurrentRequestedProcedureEvidenceSequence = [_evidence([*case.images, *referred])]
    found.CodingSchemeIdentificationSequence = [own_scheme()]
    finish(path, found, case.images[0])


def _segments(regions: Path) -> Segments:
    from pydicom import dcmread

    dataset = dcmread(regions, stop_before_pixels=True)
    # Segments are named after their level; see localisation.
    numbers = {
        VertebralLevel[item.SegmentLabel.split()[0]]: int(item.SegmentNumber)
        for item in dataset.SegmentSequence
    }
    return Segments(dataset, numbers)


def _content(case: Case, segments: Segments | None) -> Any:  # noqa: ANN401 - highdicom is untyped
    from highdicom.sr import MeasurementReport

    report = MeasurementReport(
        observation_context=_observer(),
        procedure_reported=concept(codes.ANY_CT),
        imaging_measurements=[patient_group(case), *level_groups(case, segments)],
    )
    report[0].ContentSequence.extend(_comments((*told(case.outcome), CAVEAT)))
    return report


def _observer() -> Any:  # noqa: ANN401 - highdicom is untyped
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes as dicom

    device = DeviceObserverIdentifyingAttributes(
        uid=device_uid(),
        name="ctbone",
        manufacturer_name="ctbone",
        model_name=f"ctbone {__version__}",
    )
    return ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=dicom.DCM.Device, observer_identifying_attributes=device
        )
    )


def _comments(sentences: Sequence[str]) -> Iterator[Any]:
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    for sentence in sentences:
        yield TextContentItem(
            name=concept(codes.COMMENT),
            value=sentence,
            relationship_type=RelationshipTypeValues.CONTAINS,
        )


def _insert_library(found: Dataset, images: Sequence[Dataset]) -> None:
    """Put the library before what was measured, where TID 1500 has it."""
    from pydicom import Sequence as Items

    items = list(found.ContentSequence)
    first = next(n for n, item in enumerate(items) if item.ValueType == "CONTAINER")
    found.ContentSequence = Items([*items[:first], _library(images), *items[first:]])


def _library(images: Sequence[Dataset]) -> Dataset:
    modality = _item("HAS ACQ CONTEXT", "CODE", codes.MODALITY)
    modality.ConceptCodeSequence = [_coded(codes.CT)]
    group = _item("CONTAINS", "CONTAINER", codes.LIBRARY_GROUP)
    group.ContinuityOfContent = "SEPARATE"
    group.ContentSequence = [modality, *map(_source, images)]
    library = _item("CONTAINS", "CONTAINER", codes.LIBRARY)
    library.ContinuityOfContent = "SEPARATE"
    library.ContentSequence = [group]
    return library


def _source(image: Dataset) -> Dataset:
    item = _item("CONTAINS", "IMAGE", codes.SOURCE)
    item.ReferencedSOPSequence = [_reference(image)]
    return item


def _item(relationship: str, value_type: str, name: Code) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.RelationshipType = relationship
    item.ValueType = value_type
    item.ConceptNameCodeSequence = [_coded(name)]
    return item


def _coded(code: Code) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme
    item.CodeMeaning = code.meaning
    return item


def _reference(instance: Dataset) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = instance.SOPClassUID
    item.ReferencedSOPInstanceUID = instance.SOPInstanceUID
    return item


def _evidence(instances: Sequence[Dataset]) -> Dataset:
    """Return the study, with all that the report refers to, by series."""
    from pydicom import Dataset

    study = Dataset()
    study.StudyInstanceUID = instances[0].StudyInstanceUID
    study.ReferencedSeriesSequence = []
    for uid, members in groupby(instances, key=lambda one: one.SeriesInstanceUID):
        series = Dataset()
        series.SeriesInstanceUID = uid
        series.ReferencedSOPSequence = list(map(_reference, members))
        study.ReferencedSeriesSequence.append(series)
    return study
