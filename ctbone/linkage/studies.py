"""What linking has to know of a study of the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ctbone.attempts import Failure, guard
from ctbone.ingest import SeriesRule, select_series
from ctbone.linkage.reasons import LinkReason
from ctbone.records import StudyKeys, StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study of the export.

    Attributes:
        study_uid: StudyInstanceUID.
        patient_id: Keyed pseudonym.
        keys: What a row finds it by.
        day: StudyDate.
        sex: ``F``, ``M``, ``O`` or ``None``.
        age_years: Age at the study.
        contrast: Whether the series that would be read records contrast agent.
        reason: Why it is in no cohort whatever a spreadsheet says; ``None`` where it can be.
        detail: The reason of the series that came nearest to being read.
    """

    study_uid: str
    patient_id: str
    keys: StudyKeys = field(repr=False)
    day: date | None
    sex: str | None = None
    age_years: float | None = None
    contrast: bool | None = None
    reason: LinkReason | None = None
    detail: str = ""


def look_at(studies: Iterable[StudyRecord], *, rule: SeriesRule) -> Iterator[Study]:
    """Yield what linking has to know of each study: its slices are forgotten."""
    for study in studies:
        chosen = guard(lambda study=study: select_series(study, rule=rule))  # type: ignore[misc]
        reason, detail, contrast = None, "", None
        if isinstance(chosen, Failure):
            reason, detail = LinkReason.STUDY_NOT_READABLE, chosen.reason.value
        else:
            contrast = chosen.contrast
        if study.is_disputed:
            reason, detail = LinkReason.PATIENT_UNCLEAR, ""
        yield Study(
            study_uid=study.study_uid,
            patient_id=study.patient_id,
            keys=study.keys,
            day=study.study_date,
            sex=study.sex,
            age_years=study.age_years,
            contrast=contrast,
            reason=reason,
            detail=detail,
        )
