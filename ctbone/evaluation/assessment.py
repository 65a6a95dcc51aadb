"""Everything that is asked of one group of patients, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ctbone.evaluation.linking import Case
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, IntervalMethod, accuracy
from ctbone.evaluation.measures.agreement import CategoryAgreement, category_agreement
from ctbone.evaluation.measures.bootstrap import RESAMPLES, SEED, AucBootstrap, bootstrap_auc
from ctbone.evaluation.measures.cutoffs import CutoffSweep, sweep_cutoffs
from ctbone.evaluation.measures.decision_curve import DecisionCurve, decision_curve
from ctbone.evaluation.measures.density import (
    DensityAgreement,
    density_agreement,
    density_pairs,
    t_score_pairs,
)
from ctbone.evaluation.measures.indeterminate import IndeterminateTables, indeterminate_tables
from ctbone.evaluation.measures.intention import IntentionToDiagnose, intention_to_diagnose
from ctbone.evaluation.measures.precision import Precision, precision
from ctbone.evaluation.measures.prevalence import PREVALENCES, PredictiveValues, predictive_values
from ctbone.evaluation.measures.probabilities import (
    BINS,
    Calibration,
    calibration,
    multiclass_brier,
    target_probabilities,
)
from ctbone.evaluation.measures.reference_change import ReferenceChange, change_reference
from ctbone.evaluation.measures.roc import Scores, delong, scores
from ctbone.evaluation.scales import THREE_WAY, Category, Scale
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest, tabulate
from ctbone.records import ContingencyTable, Interval
from ctbone.rules import DecisionRule

#: What is said of an interval of DeLong's that has no width.
POINT = "DeLong's variance is 0 here: the interval is a point, and says nothing about precision."

#: What is said of a score that tells nobody apart.
FLAT = "All patients have the same score, which tells nobody apart: an area is not given."

#: The review excludes test sets of fewer patients.
FEWEST_PATIENTS = 30

#: Days between index test and reference beyond which the review calls the timing unclear.
LONGEST_GAP_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentOptions:
    """How a group is evaluated.

    Attributes:
        interval: Limits of shares: ``wilson`` or ``exact``.
        prevalences: That predictive values are given at.
        resamples: Of the bootstrap of the area under the curve; none with 0.
        seed: Of its generator.
        bins: Of probabilities.
        rule: Decision rule of the index test, around whose cut-offs others are tried; ``None``
            where it is not known, or there is none.
        reference_rules: Cut-offs of the reference to try; ``None`` takes the usual ones.
    """

    interval: IntervalMethod = "wilson"
    prevalences: tuple[float, ...] = PREVALENCES
    resamples: int = RESAMPLES
    seed: int = SEED
    bins: int = BINS
    rule: DecisionRule | None = None
    reference_rules: tuple[DecisionRule, ...] | None = None


_USUAL = AssessmentOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAccuracy:
    """One target against the rest.

    Attributes:
        table: Counts of patients with a result.
        accuracy: What the table says.
        predictive: Predictive values at other prevalences.
        intention: The table with every patient who was to be diagnosed.
        indeterminate: The tables with indeterminate results treated otherwise; ``None`` where no
            result says whether it is one.
        auc: Area under the curve of the score; ``None`` where there is no score, or all are alike.
        score: What the score is; empty where there is none.
        bootstrap: The area of all studies, with limits from resampled patients.
        calibration: Probabilities against the truth; ``None`` without probabilities.
        decision_curve: Net benefit of acting on them; likewise.
        cutoffs: The tables at other cut-offs; ``None`` where there is no one cut-off to move, or
            the rule is not known.
    """

    table: ContingencyTable
    accuracy: DiagnosticAccuracy
    predictive: tuple[PredictiveValues, ...]
    intention: IntentionToDiagnose
    indeterminate: IndeterminateTables | None
    auc: Interval | None
    score: str
    bootstrap: AucBootstrap | None
    calibration: Calibration | None
    decision_curve: DecisionCurve | None
    cutoffs: CutoffSweep | None

    @property
    def auc_note(self) -> str:
        """What a reader of the area has to know; empty where there is nothing."""
        if self.auc is None:
            return FLAT if self.score else "No score covers all patients, or one side has none."
        return POINT if self.auc.lower == self.auc.upper else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One group of patients.

    Attributes:
        name: What the group is called.
        cases: Its patients.
        matrix: Reference category by group of the index test.
        targets: Accuracy by target.
        agreement: How the categories agree.
        brier: Brier score over the three categories; ``None`` without probabilities.
        density: Agreement of densities; ``None`` with fewer than three pairs.
        t_score: Agreement of T-scores, in standard deviations; likewise.
        precision: Of repeated studies; ``None`` where none is repeated.
        reference_changes: The tables under other reference cut-offs.
    """

    name: str
    cases: tuple[Case, ...]
    matrix: ConfusionMatrix
    targets: Mapping[Category, TargetAccuracy]
    agreement: CategoryAgreement
    brier: Interval | None
    density: DensityAgreement | None
    t_score: DensityAgreement | None
    precision: Precision | None
    reference_changes: tuple[ReferenceChange, ...]

    @property
    def kappa(self) -> Interval | None:
        """Linearly weighted kappa; ``None`` where chance alone agrees."""
        return self.agreement.linear_kappa


def assess(
    name: str,
    cases: Sequence[Case],
    *,
    studies: Sequence[Case] | None = None,
    confidence: float = 0.95,
    options: AssessmentOptions = _USUAL,
    scale: Scale = THREE_WAY,
) -> Assessment:
    """Evaluate one group of patients.

    Args:
        name: What the group is called.
        cases: Its patients, each once.
        studies: Every study of the same patients, for what resamples patients (those with a
            reference category) and for precision (all); without it the cases.
        confidence: Of the intervals.
        options: How.
        scale: What the index test tells apart.
    """
    matrix, everything = tabulate(cases, scale=scale), cases if studies is None else studies
    judged = [case for case in everything if case.reference.category is not None]
    return Assessment(
        name=name,
        cases=tuple(cases),
        matrix=matrix,
        targets={
            target: _target((cases, judged), matrix, target, (confidence, options))
            for target in scale.targets
        },
        agreement=category_agreement(matrix, confidence=confidence, interval=options.interval),
        brier=multiclass_brier(cases, confidence=confidence),
        density=density_agreement(*density_pairs(cases), confidence=confidence),
        t_score=density_agreement(*t_score_pairs(cases), confidence=confidence),
        precision=precision(everything, confidence=confidence),
        reference_changes=change_reference(
            cases,
            rules=options.reference_rules,
            confidence=confidence,
            interval=options.interval,
            scale=scale,
        ),
    )


def _target(
    patients: tuple[Sequence[Case], Sequence[Case]],
    matrix: ConfusionMatrix,
    target: Category,
    how: tuple[float, AssessmentOptions],
) -> TargetAccuracy:
    (cases, studies), (confidence, options) = patients, how
    interval, found = options.interval, scores(cases, target)
    table = one_vs_rest(matrix, target)
    probability, truth = target_probabilities(cases, target)
    return TargetAccuracy(
        table=table,
        accuracy=accuracy(table, confidence=confidence, interval=interval),
        predictive=predictive_values(
            table, prevalences=options.prevalences, confidence=confidence
        ),
        intention=intention_to_diagnose(matrix, target, confidence=confidence, interval=interval),
        indeterminate=indeterminate_tables(
            cases, target, confidence=confidence, interval=interval
        ),
        auc=delong(found, confidence=confidence) if found and not found.is_flat else None,
        score=found.name if found else "",
        bootstrap=_bootstrap(scores(studies, target), confidence, options),
        calibration=calibration(probability, truth, bins=options.bins, confidence=confidence),
        decision_curve=decision_curve(probability, truth, confidence=confidence),
        cutoffs=sweep_cutoffs(
            cases, target, rule=options.rule, confidence=confidence, interval=interval
        ),
    )


def _bootstrap(
    found: Scores | None, confidence: float, options: AssessmentOptions
) -> AucBootstrap | None:
    if found is None or found.is_flat:
        return None
    return bootstrap_auc(
        found, resamples=options.resamples, seed=options.seed, confidence=confidence
    )


def nonevaluable(assessment: Assessment) -> int:
    """Return the patients of a group without a result."""
    return sum(assessment.matrix.nonevaluable)
