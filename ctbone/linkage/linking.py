"""From rows and studies to a cohort, in which every row and every study is accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ctbone.cohort import CohortRow, Split
from ctbone.linkage.configuration import Eligibility, LinkRule, SplitRule
from ctbone.linkage.duplicates import settle
from ctbone.linkage.eligibility import age_of, objection, sex_of
from ctbone.linkage.matching import Index, LeftStudy, Pair, match, why_unused
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference, RefusedRow
from ctbone.linkage.splitting import split_patients
from ctbone.linkage.studies import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What became of every row and of every study.

    Attributes:
        pairs: Studies of the cohort with their references, by study UID.
        splits: Split of each patient, by the digest of its identifier.
        rows: Rows that are the reference of no study of the cohort, as they stand.
        studies: Studies that are not in the cohort, by study UID.
        all_rows: How many rows there were.
        all_studies: How many studies there were.
        lost_zeros: Rows that would find a patient with leading zeros.

    Raises:
        ValueError: If a row or a study is lost, or stands twice: a fault of ctbone.
    """

    pairs: tuple[Pair, ...]
    splits: Mapping[str, Split]
    rows: tuple[RefusedRow, ...]
    studies: tuple[LeftStudy, ...]
    all_rows: int
    all_studies: int
    lost_zeros: int = 0

    def __post_init__(self) -> None:
        used = {pair.reference.place for pair in self.pairs}
        places = used | {row.place for row in self.rows}
        if len(used) + len(self.rows) != self.all_rows or len(places) != self.all_rows:
            raise ValueError(f"{self.all_rows} rows were read, {len(places)} accounted for")
        uids = [pair.study.study_uid for pair in self.pairs]
        uids += [left.study.study_uid for left in self.studies]
        if len(uids) != self.all_studies or len(set(uids)) != self.all_studies:
            raise ValueError(f"{self.all_studies} studies were found, {len(uids)} accounted for")

    @property
    def linked_rows(self) -> int:
        """How many rows are the reference of a study of the cohort."""
        return len({pair.reference.place for pair in self.pairs})

    def cohort(self) -> tuple[CohortRow, ...]:
        """Return the rows of the cohort."""
        return tuple(to_row(p, self.splits[p.reference.patient]) for p in self.pairs)


def link(
    rows: Sequence[Reference | RefusedRow],
    studies: Sequence[Study],
    *,
    rule: LinkRule,
    exclude: Eligibility,
    split: SplitRule,
) -> Linkage:
    """Link, exclude and split.

    Args:
        rows: Every row of the spreadsheets.
        studies: Every study of the export.
        rule: Which row is the reference of which study.
        exclude: Who is left out.
        split: What each patient is used for.

    Raises:
        ValueError: If a patient would be in two splits.
    """
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    sound = [row for row in rows if isinstance(row, Reference)]
    usable, repeated = settle(sound)
    index = Index(usable, (*refused, *repeated), studies)
    pairs, left = _match(studies, index, window_days=rule.window_days)
    pairs, dropped = _exclude(pairs, rule, exclude)
    if rule.studies == "nearest":
        pairs, further = _nearest(pairs)
        dropped += further
    splitting = split_patients(pairs, sound, rule=split)
    dropped += splitting.dropped
    gone = {pair.study.study_uid for pair, _ in dropped}
    pairs = [pair for pair in pairs if pair.study.study_uid not in gone]
    left += [LeftStudy(pair.study, reason) for pair, reason in dropped]
    unused = _unused(usable, pairs, dropped, index, window_days=rule.window_days)
    return Linkage(
        pairs=tuple(sorted(pairs, key=lambda pair: pair.study.study_uid)),
        splits=splitting.splits,
        rows=_called((*refused, *repeated, *unused), index),
        studies=tuple(sorted(left, key=lambda item: item.study.study_uid)),
        all_rows=len(rows),
        all_studies=len(studies),
        lost_zeros=_count_lost_zeros(usable, index),
    )


def to_row(pair: Pair, split: Split) -> CohortRow:
    """Return a study and its reference as a row of a cohort."""
    study, reference = pair.study, pair.reference
    return CohortRow(
        patient_id=pair.patient_id,
        study_uid=study.study_uid,
        path="",
        study_date=study.day,
        sex=sex_of(pair),
        age_years=age_of(pair),
        site=reference.site,
        split=split,
        reference_standard=reference.standard,
        reference_date=reference.day,
        bmd_mg_cm3=reference.bmd_mg_cm3,
        t_score=reference.t_score,
        category=reference.category,
        density_rule=reference.density_rule,
    )


def _match(
    studies: Iterable[Study], index: Index, *, window_days: int
) -> tuple[list[Pair], list[LeftStudy]]:
    found = [match(study, index, window_days=window_days) for study in studies]
    pairs = [item for item in found if isinstance(item, Pair)]
    return pairs, [item for item in found if isinstance(item, LeftStudy)]


def _exclude(
    pairs: Iterable[Pair], rule: LinkRule, exclude: Eligibility
) -> tuple[list[Pair], list[tuple[Pair, LinkReason]]]:
    kept: list[Pair] = []
    dropped: list[tuple[Pair, LinkReason]] = []
    for pair in pairs:
        reason = objection(pair, link=rule, exclude=exclude)
        if reason is None:
            kept.append(pair)
        else:
            dropped.append((pair, reason))
    return kept, dropped


def _nearest(pairs: Sequence[Pair]) -> tuple[list[Pair], list[tuple[Pair, LinkReason]]]:
    """Keep the study of each patient that is nearest to its reference, the earlier of two."""
    patients: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        patients[pair.reference.patient].append(pair)
    kept: list[Pair] = []
    dropped: list[tuple[Pair, LinkReason]] = []
    for found in patients.values():
        first, *others = sorted(found, key=_distance)
        kept.append(first)
        dropped += [(pair, LinkReason.ANOTHER_STUDY_NEARER) for pair in others]
    return kept, dropped


def _distance(pair: Pair) -> tuple[int, date, str]:
    day = pair.study.day or date.max
    return abs(pair.days or 0), day, pair.study.study_uid


def _unused(
    usable: Iterable[Reference],
    pairs: Iterable[Pair],
    dropped: Iterable[tuple[Pair, LinkReason]],
    index: Index,
    *,
    window_days: int,
) -> list[RefusedRow]:
    """Return the usable rows that no study of the cohort has; a study left out says why."""
    used = {pair.reference.place for pair in pairs}
    lost: dict[object, LinkReason] = {}
    for pair, reason in sorted(dropped, key=lambda item: _distance(item[0])):
        lost.setdefault(pair.reference.place, reason)
    return [
        _lost(row, lost[row.place])
        if row.place in lost
        else why_unused(row, index, window_days=window_days)
        for row in usable
        if row.place not in used
    ]


def _called(rows: Iterable[RefusedRow], index: Index) -> tuple[RefusedRow, ...]:
    """Return rows as they stand, each with the pseudonym that its patient has elsewhere."""
    ordered = sorted(rows, key=lambda row: row.place)
    return tuple(replace(row, patient_id=index.pseudonym(row)) for row in ordered)


def _lost(row: Reference, reason: LinkReason) -> RefusedRow:
    return RefusedRow(
        place=row.place, reason=reason, patient=row.patient, patient_id=row.patient_id
    )


def _count_lost_zeros(usable: Iterable[Reference], index: Index) -> int:
    return sum(
        not index.studies(row.patient) and any(map(index.studies, row.other_patients))
        for row in usable
    )
