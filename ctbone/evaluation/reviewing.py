"""Results as a person who looked at them leaves them, and what that does to the tables.

A result that is rejected, or was measured at levels which are others by the reviewer, becomes a
rejection: its patient stays, without a result. Whoever takes wrong answers out knowing that they
are wrong makes any test look good, so that what was taken out is counted by reference category,
and how much of it contradicted the reference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from ctbone.errors import Reason
from ctbone.evaluation.cautions import Caution
from ctbone.evaluation.linking import ByReference, Case, by_reference, reference_category
from ctbone.evaluation.scales import Scale, is_of
from ctbone.interchange import ResultRow, Verdict, counted_rows
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.interchange.review import VerdictWord
from ctbone.plurals import counted
from ctbone.records import Flag

#: Columns that a result has and a rejection does not.
_OF_A_RESULT = (
    "levels", "bmd_mg_cm3", "bmd_lower_mg_cm3", "bmd_upper_mg_cm3", "t_score", "t_score_lower",
    "t_score_upper", "category", "p_normal", "p_osteopenia", "p_osteoporosis", "indeterminate",
    "trabecular_hu", "quantity", "qct_t_score", "qct_z_score", "model", "series_uid",
)  # fmt: skip

#: What verdicts are called, in the order in which they are told.
FATES: Mapping[VerdictWord | None, str] = {
    "accept": "accepted",
    "reject": "rejected",
    "relabel": "relabelled",
    None: "not reviewed",
}

_BIAS = (
    "Accuracy is biased where the reviewer knew the reference, or judged by the answer of the "
    "test and not by the picture; compare with an evaluation without the review"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Results as a review leaves them.

    Attributes:
        rows: Every row of the results, in their order.
        verdicts: What was said of studies, by StudyInstanceUID.
        taken: Results that became rejections, by StudyInstanceUID, as they were.
        absent: Studies of the review that the results do not have.
    """

    rows: tuple[ResultRow, ...]
    verdicts: Mapping[str, Verdict]
    taken: Mapping[str, ResultRow]
    absent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFlow:
    """What a review said of the evaluated patients, by reference category.

    Attributes:
        verdicts: Patients by what was said of their study, in the words of ``FATES``, all of them.
        taken: Patients whose result became a rejection.
        contradicted: Of these, patients whom the result had put in another group than the
            reference.
        studies: Studies that the review speaks of, of these patients or not.
        absent: Of these, studies that the results do not have.
    """

    verdicts: Mapping[str, ByReference]
    taken: ByReference
    contradicted: ByReference
    studies: int
    absent: int

    @property
    def patients(self) -> int:
        """All evaluated patients, with a verdict or without."""
        return sum(map(sum, self.verdicts.values()))

    @property
    def unasked(self) -> int:
        """Studies of the review that the results have and that no evaluated patient stands for."""
        verdicts = self.patients - sum(self.verdicts[FATES[None]])
        return self.studies - self.absent - verdicts

    @property
    def told(self) -> str:
        """How many patients have which verdict."""
        return ", ".join(f"{sum(counts)} {fate}" for fate, counts in self.verdicts.items())


def apply_review(rows: Iterable[ResultRow], verdicts: Mapping[str, Verdict]) -> Reviewed:
    """Return results without those that a reviewer does not let stand.

    A study that has no result keeps its own reason, whatever was said of it.
    """
    before = tuple(rows)
    after = tuple(_judged(row, verdicts.get(row.study_uid)) for row in before)
    pairs = zip(before, after, strict=True)
    return Reviewed(
        rows=after,
        verdicts=verdicts,
        taken={was.study_uid: was for was, now in pairs if was.status != now.status},
        absent=len(verdicts.keys() - {row.study_uid for row in before}),
    )


def review_flow(cases: Sequence[Case], reviewed: Reviewed, *, scale: Scale) -> ReviewFlow:
    """Count what was said of the patients of some cases."""
    taken = [case for case in cases if case.result.study_uid in reviewed.taken]
    return ReviewFlow(
        verdicts={
            FATES[word]: by_reference(c for c in cases if _word(c, reviewed) == word)
            for word in (*get_args(VerdictWord), None)
        },
        taken=by_reference(taken),
        contradicted=by_reference(
            c for c in taken if _contradicts(c, reviewed.taken[c.result.study_uid], scale)
        ),
        studies=len(reviewed.verdicts),
        absent=reviewed.absent,
    )


def cautions_of_review(flow: ReviewFlow) -> Iterator[Caution]:
    """Yield what a reader has to know of what a review did to the results."""
    idle = {"not in the results": flow.absent, "that are not evaluated": flow.unasked}
    for sentence in counted_rows(flow.studies, idle=idle):
        yield Caution(code="review_rows", sentence=f"{sentence}.", count=sum(idle.values()))
    n, wrong = sum(flow.taken), sum(flow.contradicted)
    yield Caution(
        code="reviewed",
        sentence=f"A person reviewed the results of these patients: {flow.told}. Results that the "
        f"review took out, whose patients count as without one: {n}, of which {wrong} "
        f"contradicted the reference. {_BIAS}.",
        count=n,
    )


def cautions_of_screening(cases: Sequence[Case], taken: Collection[str] = ()) -> Iterator[Caution]:
    """Yield what a reader has to know where a person had a part in what was measured.

    Args:
        cases: The evaluated patients.
        taken: Studies whose result a review of the results took out, which is told elsewhere.
    """
    if n := sum(c.result.study_uid not in taken and _by_person(c.result) for c in cases):
        yield Caution(
            code="screened_with_review",
            sentence="A person named levels, or rejected studies, before they were measured; "
            "accuracy is biased where that person knew the reference: "
            f"{counted(n, 'patient')}.",
            count=n,
        )


def _judged(row: ResultRow, verdict: Verdict | None) -> ResultRow:
    if verdict is None or row.status == "rejected":
        return row
    if verdict.verdict == "reject":
        detail = "expected a result that its reviewer lets stand, found it rejected in review"
        return _rejected(row, Reason.REJECTED_IN_REVIEW, detail)
    # A flagged one was measured under names of a reviewer: ``cautions_of_screening`` tells of it.
    is_named = Flag.RELABELLED_IN_REVIEW in row.flags
    if verdict.verdict == "relabel" and not is_named and not _measured_the_same(row, verdict):
        measured = ", ".join(level.name for level in row.levels) or "levels that are not told"
        detail = (
            f"measured {measured}, which the reviewer calls otherwise: screen --review measures "
            "the levels by the names of the reviewer"
        )
        return _rejected(row, Reason.RELABELLED_IN_REVIEW, detail)
    return row


def _measured_the_same(row: ResultRow, verdict: Verdict) -> bool:
    """Return whether a result is of the same set of levels under other names."""
    # Results that do not tell their levels may be of any.
    return bool(row.levels) and {*map(verdict.name_of, row.levels)} == {*row.levels}


def _rejected(row: ResultRow, reason: Reason, detail: str) -> ResultRow:
    empty = ResultRow(study_uid="0", patient_id="", status="rejected")
    lost: dict[str, Any] = {n: getattr(empty, n) for n in RESULT_COLUMNS if n in _OF_A_RESULT}
    return replace(row, status="rejected", reason=reason, detail=detail, **lost)


def _word(case: Case, reviewed: Reviewed) -> VerdictWord | None:
    verdict = reviewed.verdicts.get(case.result.study_uid)
    # What the results do not have is counted as absent.
    return verdict.verdict if verdict and case.is_listed else None


def _contradicts(case: Case, result: ResultRow, scale: Scale) -> bool:
    known = reference_category(case)
    return any(is_of(result.category, t) != is_of(known, t) for t in scale.targets)


def _by_person(row: ResultRow) -> bool:
    reasons = (Reason.REJECTED_IN_REVIEW, Reason.RELABELLED_IN_REVIEW)
    return Flag.RELABELLED_IN_REVIEW in row.flags or row.reason in reasons
