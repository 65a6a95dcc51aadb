"""What a person said of a study, applied to what a locator finds in it.

This is the one road for it: screening, training and ``localise`` take it before they ask whether a
vertebra may be measured. A vertebra that a person named has that level for sure, as with masks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ctbone.anatomy import VertebralLevel
from ctbone.errors import NotEvaluable, Reason
from ctbone.ingest import SeriesRule, select_series
from ctbone.interchange import Verdict, counted_rows, read_review
from ctbone.localisation.locator import FollowsNames, Locator
from ctbone.localisation.trust.doubt import flagged
from ctbone.records import Flag, SeriesRecord, StudyRecord, VertebraLocalisation
from ctbone.volume import CTVolume

Verdicts = Mapping[str, Verdict]

_Vertebrae = tuple[VertebraLocalisation, ...]


def open_review(path: Path | None) -> dict[str, Verdict]:
    """Return the verdicts that a run was given, by StudyInstanceUID; none where there is no file.

    Raises:
        ValueError: If the file is no review.
    """
    return {} if path is None else read_review(path)


def noting(studies: Iterable[StudyRecord], absent: set[str]) -> Iterator[StudyRecord]:
    """Pass studies on; UIDs of those that come by, and of their series, are absent no more."""
    for study in studies:
        absent.discard(study.study_uid)
        absent.difference_update(series.series_uid for series in study.series)
        yield study


def told_absence(
    absent: Collection[str], *, verdicts: Verdicts, masks: Collection[str]
) -> list[str]:
    """Say how many rows of the tables that a run was given count; nothing of one without rows.

    Args:
        absent: UIDs that no study of the export has, nor any of its series.
        verdicts: The review, by StudyInstanceUID.
        masks: SeriesInstanceUIDs of the masks that are listed.
    """
    idle = sum(uid in absent for uid in verdicts)
    told = counted_rows(len(verdicts), idle={"not in the export": idle})
    if unused := sum(uid in absent for uid in masks):
        told.append(f"{unused} of {len(masks)} masks are of series that are not in the export")
    return told


def require_accepted(study_uid: str, *, verdicts: Verdicts) -> None:
    """Refuse a study that its reviewer rejected; whoever reads pixels asks this before.

    Raises:
        NotEvaluable: If it was rejected.
    """
    verdict = verdicts.get(study_uid)
    if verdict is not None and verdict.verdict == "reject":
        raise NotEvaluable(
            "expected a study that its reviewer accepts, found it rejected in review",
            reason=Reason.REJECTED_IN_REVIEW,
        )


def select_accepted(study: StudyRecord, *, rule: SeriesRule, verdicts: Verdicts) -> SeriesRecord:
    """Choose the series of a study, as ``select_series`` does, unless its reviewer rejected it.

    Raises:
        NoEligibleSeries: If it has none.
        NotEvaluable: If it was rejected.
    """
    series = select_series(study, rule=rule)
    require_accepted(study.study_uid, verdicts=verdicts)
    return series


def locate_reviewed(
    study_uid: str, volume: CTVolume, locate: Locator, *, verdicts: Verdicts
) -> _Vertebrae:
    """Find the vertebrae of a study, under the names that a reviewer gave them where one did.

    Args:
        study_uid: StudyInstanceUID.
        volume: Its CT.
        locate: What finds vertebrae; not asked where the study was rejected.
        verdicts: What was said of studies.

    Raises:
        NotEvaluable: If the study was rejected, or the names do not fit what was located.
        LocalisationError: What the locator raises.
    """
    require_accepted(study_uid, verdicts=verdicts)
    verdict = verdicts.get(study_uid)
    if verdict is None or verdict.verdict == "accept":
        return tuple(locate(volume))
    if isinstance(locate, FollowsNames):
        locate = locate.under_names(verdict.relabel)
    return relabelled(locate(volume), verdict)


def relabelled(vertebrae: Sequence[VertebraLocalisation], verdict: Verdict) -> _Vertebrae:
    """Return vertebrae under the names of a verdict, in the order in which they were located.

    One that is listed has its level for sure and carries a flag, unless the name was its own and
    in no doubt. One without a name has the reason ``rejected_in_review``; it keeps the name that
    it had, and is left out where another vertebra takes that.

    Raises:
        NotEvaluable: If a listed vertebra was not located, or two get one name.
    """
    found = [vertebra.level for vertebra in vertebrae]
    if lost := [level.name for level in verdict.relabel if level not in found]:
        raise _unfitting(f"each vertebra that the review lists ({', '.join(lost)})", found)
    names = Counter(filter(None, map(verdict.name_of, found)))
    given = {new for new in verdict.relabel.values() if new is not None}
    if twice := [level.name for level in sorted(given) if names[level] > 1]:
        raise _unfitting(f"one vertebra by the name of {' and of '.join(twice)}", found)
    named = ((vertebra, verdict.name_of(vertebra.level)) for vertebra in vertebrae)
    return tuple(
        _refused(vertebra) if name is None else _named(vertebra, name, verdict)
        for vertebra, name in named
        if name is not None or vertebra.level not in names
    )


def _unfitting(expected: str, found: Sequence[VertebralLevel]) -> NotEvaluable:
    located = ", ".join(level.name for level in found) or "none"
    return NotEvaluable(
        f"expected {expected}, found {located}: the review is of other names than these",
        reason=Reason.RELABELLED_IN_REVIEW,
    )


def _refused(vertebra: VertebraLocalisation) -> VertebraLocalisation:
    detail = "expected a vertebra that its reviewer lets stand, found it taken out"
    refused = replace(vertebra, reason=Reason.REJECTED_IN_REVIEW, detail=detail)
    return flagged(refused, Flag.RELABELLED_IN_REVIEW)


def _named(
    vertebra: VertebraLocalisation, level: VertebralLevel, verdict: Verdict
) -> VertebraLocalisation:
    is_doubtful = vertebra.reason is Reason.LEVEL_UNCERTAIN
    is_changed = level is not vertebra.level or is_doubtful
    if vertebra.level not in verdict.relabel or not is_changed:
        return vertebra
    named = replace(vertebra, level=level, confidence=1.0, runner_up=None)
    if is_doubtful:
        named = replace(named, reason=None, detail="")
    return flagged(named, Flag.RELABELLED_IN_REVIEW)
