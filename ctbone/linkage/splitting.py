"""What each patient is used for. A patient has one split, so that no test holds whom training saw.

External sites come first, then the date, then shares of those who are left, alike in every site
and category. Splits that the spreadsheets state are kept and only checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ctbone.cohort import Split
from ctbone.linkage.configuration import SplitRule
from ctbone.linkage.matching import Pair
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference

_INTERNAL: tuple[Split, ...] = ("train", "validation", "internal_test")

#: From the one that a patient with several studies is counted by.
_SEVERITY = ("osteoporosis", "osteopenia", "normal")


@dataclass(slots=True)
class Splitting:
    """Splits of the patients, and what was left out for their sake.

    Attributes:
        splits: By the digest of the patient.
        dropped: Pairs that are left out, with the reason.
    """

    splits: dict[str, Split] = field(default_factory=dict)
    dropped: list[tuple[Pair, LinkReason]] = field(default_factory=list)


def split_patients(
    pairs: Sequence[Pair], references: Iterable[Reference], *, rule: SplitRule
) -> Splitting:
    """Give every patient a split.

    Args:
        pairs: Studies with their references.
        references: All rows that can be read: a patient is at a site, and in a stated split, also
            by a row that no study has.
        rule: The shares, the date and the sites.

    Raises:
        ValueError: If a patient would be in two splits, or an external site is none.
    """
    patients: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        patients[pair.reference.patient].append(pair)
    rows: dict[str, list[Reference]] = defaultdict(list)
    for reference in references:
        rows[reference.patient].append(reference)
    if any(pair.reference.split for pair in pairs):
        return Splitting({patient: _stated(rows[patient]) for patient in patients})
    found = Splitting()
    _take_external(patients, rows, rule, found)
    _take_temporal(patients, rule, found)
    found.splits |= _internal(patients, rule)
    return found


def _stated(rows: Sequence[Reference]) -> Split:
    first, *others = rows
    for other in others:
        if other.split != first.split:
            raise ValueError(
                f"a patient must be in one split, {first.place} says {first.split} and "
                f"{other.place} says {other.split} of one patient"
            )
    return first.split or "train"


def _take_external(
    patients: dict[str, list[Pair]],
    rows: Mapping[str, Sequence[Reference]],
    rule: SplitRule,
    found: Splitting,
) -> None:
    _require_sites({row.site for known in rows.values() for row in known}, rule)
    for patient in list(patients):
        outside = [row for row in rows[patient] if row.site in rule.external_sites]
        inside = [row for row in rows[patient] if row.site not in rule.external_sites]
        if outside and inside:
            _require_exclusion(inside[0], outside[0], rule)
            reason = LinkReason.PATIENT_OF_SEVERAL_SITES
            found.dropped += [(pair, reason) for pair in patients.pop(patient)]
        elif outside:
            found.splits[patient] = "external_test"
            del patients[patient]


def _require_sites(known: set[str], rule: SplitRule) -> None:
    if absent := sorted(set(rule.external_sites) - known):
        raise ValueError(
            f"external_sites must be sites of the spreadsheets, which are {sorted(known)}, "
            f"got {absent}"
        )


def _require_exclusion(inside: Reference, outside: Reference, rule: SplitRule) -> None:
    if rule.several_sites == "refuse":
        raise ValueError(
            f"a patient must be in one split: {inside.place} and {outside.place} are of one "
            f"patient at {inside.site or 'no site'} and at {outside.site}, which is external; "
            "--split.several_sites exclude leaves such patients out"
        )


def _take_temporal(patients: dict[str, list[Pair]], rule: SplitRule, found: Splitting) -> None:
    """Give the patients of later studies away; later studies of earlier patients are left out."""
    last_day = rule.last_day
    if last_day is None:
        return
    for patient, pairs in list(patients.items()):
        undated = [pair for pair in pairs if pair.study.day is None]
        late = [p for p in pairs if p.study.day is not None and p.study.day > last_day]
        found.dropped += [(pair, LinkReason.NO_STUDY_DATE) for pair in undated]
        early = [pair for pair in pairs if pair not in undated and pair not in late]
        if early:
            patients[patient] = early
            found.dropped += [(pair, LinkReason.AFTER_TEMPORAL_SPLIT) for pair in late]
            continue
        del patients[patient]
        if late:
            found.splits[patient] = "temporal_test"


def _internal(patients: Mapping[str, Sequence[Pair]], rule: SplitRule) -> dict[str, Split]:
    """Share patients out stratum by stratum, each to the split that is furthest behind its share.

    The order within a stratum is by chance, and comes from study UIDs alone: another key of the
    pseudonyms changes no split.
    """
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for patient in sorted(patients, key=lambda one: _first_uid(patients[one])):
        strata[_stratum(patients[patient])].append(patient)
    rng = np.random.default_rng(rule.seed)
    shares = np.array([rule.train, rule.validation, rule.internal_test])
    taken, splits = np.zeros(3), dict[str, Split]()
    for stratum in sorted(strata):
        for place in rng.permutation(len(strata[stratum])):
            behind = shares * (len(splits) + 1) - taken
            chosen = int(np.argmax(np.where(shares > 0.0, behind, -np.inf)))
            taken[chosen] += 1
            splits[strata[stratum][place]] = _INTERNAL[chosen]
    return splits


def _first_uid(pairs: Sequence[Pair]) -> str:
    return min(pair.study.study_uid for pair in pairs)


def _stratum(pairs: Sequence[Pair]) -> tuple[str, str]:
    """Return site and the gravest category of a patient."""
    first = min(pairs, key=lambda pair: pair.study.study_uid)
    found = {pair.reference.category.value for pair in pairs if pair.reference.category}
    return first.reference.site, next((name for name in _SEVERITY if name in found), "")
