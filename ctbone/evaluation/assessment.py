"""Everything that is asked of one group of patients, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ctbone.evaluation.accuracy import DiagnosticAccuracy, accuracy
from ctbone.evaluation.agreement import weighted_kappa
from ctbone.evaluation.density import DensityAgreement, density_agreement, density_pairs
from ctbone.evaluation.linking import Case, Linkage
from ctbone.evaluation.roc import delong, scores
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest, tabulate
from ctbone.interchange.naming import counted
from ctbone.records import BoneCategory, ContingencyTable, Interval

#: The order in which targets are reported.
TARGETS = (BoneCategory.OSTEOPOROSIS, BoneCategory.OSTEOPENIA, BoneCategory.NORMAL)

#: What is said of an interval of DeLong's that has no width.
POINT = "DeLong's variance is 0 here: the interval is a point, and says nothing about precision."

#: The review excludes test sets of fewer patients.
FEWEST_PATIENTS = 30

#: Days between index test and reference beyond which the review calls the timing unclear.
LONGEST_GAP_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAccuracy:
    """One category against the other two.

    Attributes:
        table: Counts of patients with a result.
        accuracy: What the table says.
        auc: Area under the curve of the score; ``None`` where there is no score.
        score: What the score is; empty where there is none.
    """

    table: ContingencyTable
    accuracy: DiagnosticAccuracy
    auc: Interval | None
    score: str

    @property
    def auc_note(self) -> str:
        """What a reader of the area has to know; empty where there is nothing."""
        if self.auc is None:
            return "No score covers all patients, or one side has none."
        return POINT if self.auc.lower == self.auc.upper else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One group of patients.

    Attributes:
        name: What the group is called.
        cases: Its patients.
        matrix: Reference against index test.
        targets: Accuracy by target.
        kappa: Linearly weighted kappa; ``None`` where chance alone agrees.
        density: Agreement of densities; ``None`` with fewer than three pairs.
    """

    name: str
    cases: tuple[Case, ...]
    matrix: ConfusionMatrix
    targets: Mapping[BoneCategory, TargetAccuracy]
    kappa: Interval | None
    density: DensityAgreement | None


def assess(name: str, cases: Sequence[Case], *, confidence: float = 0.95) -> Assessment:
    """Evaluate one group of patients.

    Args:
        name: What the group is called.
        cases: Its patients, each once.
        confidence: Of the intervals.
    """
    matrix = tabulate(cases)
    index, reference = density_pairs(cases)
    return Assessment(
        name=name,
        cases=tuple(cases),
        matrix=matrix,
        targets={target: _target(matrix, cases, target, confidence) for target in TARGETS},
        kappa=weighted_kappa(matrix, confidence=confidence),
        density=density_agreement(index, reference, confidence=confidence),
    )


def warnings_of(assessments: Sequence[Assessment], linkage: Linkage) -> tuple[str, ...]:
    """Return what the review would hold against these tables, a sentence each."""
    cases = [case for assessment in assessments for case in assessment.cases]
    gaps = [case.days_apart for case in cases]
    late = sum(gap > LONGEST_GAP_DAYS for gap in gaps if gap is not None)
    attenuation = sum(case.reference.reference_standard == "HU" for case in cases)
    temporal = sum(case.reference.split == "temporal_test" for case in cases)
    numbers = (
        (late, f"index test and reference lie more than {LONGEST_GAP_DAYS} days apart"),
        (gaps.count(None), "the days between index test and reference are unknown"),
        (attenuation, "the reference standard is attenuation (HU), a high risk of bias"),
        (temporal, "temporal validation counts as internal"),
        (sum(not case.is_evaluable for case in cases), "the index test gave no result"),
    )
    small = [
        f"{a.name}: {counted(len(a.cases), 'patient')}; the review excludes tests on fewer than "
        f"{FEWEST_PATIENTS}."
        for a in assessments
        if len(a.cases) < FEWEST_PATIENTS
    ]
    said = [f"{text[0].upper()}{text[1:]}: {counted(n, 'patient')}." for n, text in numbers if n]
    return (*small, *said, *_accounting(linkage))


def _target(
    matrix: ConfusionMatrix, cases: Sequence[Case], target: BoneCategory, confidence: float
) -> TargetAccuracy:
    table = one_vs_rest(matrix, target)
    found = scores(cases, target)
    return TargetAccuracy(
        table=table,
        accuracy=accuracy(table, confidence=confidence),
        auc=delong(found, confidence=confidence) if found else None,
        score=found.name if found else "",
    )


def nonevaluable(assessment: Assessment) -> int:
    """Return the patients of a group without a result."""
    return sum(assessment.matrix.nonevaluable)


def _accounting(linkage: Linkage) -> tuple[str, ...]:
    numbers = (
        (linkage.without_result, "Studies of the cohort that are not in the results"),
        (linkage.without_reference, "Results without a study in the cohort"),
        (linkage.without_category, "Patients without a reference category"),
        (linkage.further_studies, "Further studies of a patient, set aside"),
    )
    return tuple(f"{text}: {n}." for n, text in numbers if n)
