"""What was measured, as measurement groups of a DICOM report: one a level, one of the patient.

Which cell of results.csv and vertebrae.csv becomes which measurement stands in one table each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ctbone.anatomy import VERTEBRAL_BODY, Code, VertebralLevel
from ctbone.delivery import codes
from ctbone.delivery.case import Case
from ctbone.delivery.codes import concept, finding_sites
from ctbone.localisation import tracking_uid
from ctbone.version import __version__

if TYPE_CHECKING:
    from highdicom.sr import AlgorithmIdentification, Measurement, QualitativeEvaluation
    from pydicom import Dataset


class _Number(NamedTuple):
    """How a cell is told: under which name, in which unit, and how it came of many voxels."""

    name: Code
    unit: Code
    derivation: Code | None = None


#: Of vertebrae.csv.
LEVEL_NUMBERS: Mapping[str, _Number] = {
    "bmd_mg_cm3": _Number(codes.DENSITY, codes.MG_CM3),
    "sd_mg_cm3": _Number(codes.DENSITY_SD, codes.MG_CM3),
    "t_score": _Number(codes.T_SCORE, codes.T_SCORE_UNIT),
    "t_score_sd": _Number(codes.T_SCORE_SD, codes.T_SCORE_UNIT),
    "trabecular_hu": _Number(codes.ATTENUATION, codes.HOUNSFIELD, codes.MEAN),
    "trabecular_median_hu": _Number(codes.ATTENUATION, codes.HOUNSFIELD, codes.MEDIAN),
    "trabecular_sd_hu": _Number(codes.ATTENUATION, codes.HOUNSFIELD, codes.SD),
    "trabecular_volume_mm3": _Number(codes.VOLUME, codes.MM3),
}

#: Of results.csv.
PATIENT_NUMBERS: Mapping[str, _Number] = {
    "bmd_mg_cm3": _Number(codes.DENSITY, codes.MG_CM3),
    "bmd_lower_mg_cm3": _Number(codes.DENSITY_LOWER, codes.MG_CM3),
    "bmd_upper_mg_cm3": _Number(codes.DENSITY_UPPER, codes.MG_CM3),
    "t_score": _Number(codes.T_SCORE, codes.T_SCORE_UNIT),
    "t_score_lower": _Number(codes.T_SCORE_LOWER, codes.T_SCORE_UNIT),
    "t_score_upper": _Number(codes.T_SCORE_UPPER, codes.T_SCORE_UNIT),
    "trabecular_hu": _Number(codes.ATTENUATION, codes.HOUNSFIELD, codes.MEAN),
    "p_normal": _Number(codes.P_NORMAL, codes.RATIO),
    "p_osteopenia": _Number(codes.P_OSTEOPENIA, codes.RATIO),
    "p_osteoporosis": _Number(codes.P_OSTEOPOROSIS, codes.RATIO),
}


class Segments(NamedTuple):
    """The segmentation that a report refers to.

    Attributes:
        dataset: The object, without pixels.
        numbers: Number of the segment of each level.
    """

    dataset: Dataset
    numbers: Mapping[VertebralLevel, int]


def level_groups(case: Case, segments: Segments | None) -> Iterator[Any]:
    """Yield a group for each measured level, from cranial to caudal."""
    for cells in case.levels:
        level = VertebralLevel[str(cells["level"])]
        if level in case.row.levels:
            yield _level_group(case, level, cells, segments)


def _level_group(
    case: Case, level: VertebralLevel, cells: Mapping[str, object], segments: Segments | None
) -> Any:  # noqa: ANN401 - highdicom is untyped
    from highdicom.sr import (
        MeasurementsAndQualitativeEvaluations,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    said = {
        "tracking_identifier": TrackingIdentifier(
            uid=tracking_uid(case.row.series_uid, "trabecular", level),
            identifier=f"{level.name} trabecular region",
        ),
        "finding_category": concept(codes.STRUCTURE),
        "finding_type": concept(VERTEBRAL_BODY),
        "finding_sites": finding_sites([level]),
        "algorithm_id": _locator(case),
        # The locator drew the region; what was measured in it is another's.
        "measurements": list(_measurements(cells, LEVEL_NUMBERS, by=_estimator(case))),
    }
    if segments is None or level not in segments.numbers:
        return MeasurementsAndQualitativeEvaluations(**said)
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        **said, referenced_segment=_segment(case, segments, level)
    )


def _segment(case: Case, segments: Segments, level: VertebralLevel) -> Any:  # noqa: ANN401
    from highdicom.sr import ReferencedSegment, SourceSeriesForSegmentation

    return ReferencedSegment(
        sop_class_uid=segments.dataset.SOPClassUID,
        sop_instance_uid=segments.dataset.SOPInstanceUID,
        segment_number=segments.numbers[level],
        source_series=SourceSeriesForSegmentation(case.row.series_uid),
    )


def patient_group(case: Case) -> Any:  # noqa: ANN401 - highdicom is untyped
    """Return the group of what was decided about the patient."""
    from highdicom.sr import MeasurementsAndQualitativeEvaluations, TrackingIdentifier

    cells = {name: getattr(case.row, name) for name in PATIENT_NUMBERS}
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=case.series_uid("patient"), identifier="bone density of the patient"
        ),
        finding_sites=finding_sites(case.row.levels) or None,
        algorithm_id=_estimator(case, digests=case.digests) if case.row.model else None,
        measurements=list(_measurements(cells, PATIENT_NUMBERS)),
        qualitative_evaluations=list(_evaluations(case)),
    )


def _measurements(
    cells: Mapping[str, object],
    numbers: Mapping[str, _Number],
    *,
    by: AlgorithmIdentification | None = None,
) -> Iterator[Measurement]:
    from highdicom.sr import Measurement

    for column, number in numbers.items():
        value = cells.get(column)
        if isinstance(value, float):
            yield Measurement(
                name=concept(number.name),
                value=value,
                unit=concept(number.unit),
                derivation=concept(number.derivation) if number.derivation else None,
                algorithm_id=by,
            )


def _evaluations(case: Case) -> Iterator[QualitativeEvaluation]:
    from highdicom.sr import QualitativeEvaluation

    if case.row.category is None:
        yield QualitativeEvaluation(concept(codes.OUTCOME), concept(codes.NO_RESULT))
        return
    category = codes.CATEGORIES[case.row.category]
    yield QualitativeEvaluation(concept(codes.CATEGORY), concept(category))
    if (straddles := case.straddles) is not None:
        answer = codes.YES if straddles else codes.NO
        yield QualitativeEvaluation(concept(codes.STRADDLES), concept(answer))


def _estimator(
    case: Case, *, digests: Mapping[str, str] = MappingProxyType({})
) -> AlgorithmIdentification:
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(
        name=case.row.model,
        version=__version__,
        parameters=[f"sha256 of {name}: {digest}" for name, digest in digests.items()] or None,
    )


def _locator(case: Case) -> AlgorithmIdentification:
    from highdicom.sr import AlgorithmIdentification

    digest = case.locator.sha256
    return AlgorithmIdentification(
        name=case.locator.name,
        version=case.locator.version or "unknown",
        parameters=[f"sha256 of weights: {digest}"] if digest else None,
    )
