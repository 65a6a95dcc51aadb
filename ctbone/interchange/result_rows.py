"""The row of results.csv that the outcome of a study becomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from statistics import fmean
from typing import Any

from ctbone.interchange.results import ResultRow, rounded
from ctbone.records import Acquisition, BmdEstimate, Decision, Rejection, ScreeningResult


def to_row(outcome: ScreeningResult | Rejection) -> ResultRow:
    """Turn the outcome of one study into its row."""
    if isinstance(outcome, Rejection):
        return _rejected(outcome)
    decision = outcome.decision
    normal, osteopenia, osteoporosis = probabilities_of(decision)
    return ResultRow(
        study_uid=outcome.study_uid,
        patient_id=outcome.patient_id,
        status="screened",
        detail=outcome.qct.detail,
        series_uid=outcome.series_uid,
        levels=tuple(estimate.level for estimate in outcome.estimates),
        bmd_mg_cm3=rounded(decision.bmd_mg_cm3),
        bmd_lower_mg_cm3=rounded(decision.lower_mg_cm3),
        bmd_upper_mg_cm3=rounded(decision.upper_mg_cm3),
        t_score=rounded(decision.t_score),
        t_score_lower=rounded(decision.t_score_lower),
        t_score_upper=rounded(decision.t_score_upper),
        category=decision.category,
        p_normal=rounded(normal),
        p_osteopenia=rounded(osteopenia),
        p_osteoporosis=rounded(osteoporosis),
        indeterminate=decision.indeterminate,
        flags=outcome.flags,
        model=outcome.model,
        seconds=rounded(outcome.seconds),
        trabecular_hu=rounded(_attenuation(decision, outcome.estimates)),
        quantity=decision.quantity,
        qct_t_score=rounded(outcome.qct.t_score),
        qct_z_score=rounded(outcome.qct.z_score),
        **_acquired(outcome.acquisition),
    )


def _rejected(rejection: Rejection) -> ResultRow:
    return ResultRow(
        study_uid=rejection.study_uid,
        patient_id=rejection.patient_id,
        status="rejected",
        reason=rejection.reason,
        detail=rejection.detail,
        flags=rejection.flags,
        seconds=rounded(rejection.seconds),
        **_acquired(rejection.acquisition),
    )


def _acquired(acquisition: Acquisition) -> dict[str, Any]:
    return asdict(acquisition) | {
        "kvp": rounded(acquisition.kvp),
        "slice_thickness_mm": rounded(acquisition.slice_thickness_mm),
    }


def probabilities_of(
    answer: BmdEstimate | Decision,
) -> tuple[float | None, float | None, float | None]:
    """Return those of normal, osteopenia and osteoporosis, as far as the test tells them apart."""
    if answer.probabilities is not None or answer.binary is None:
        return answer.probabilities or (None, None, None)
    if answer.binary.target == "osteoporosis":
        return None, None, answer.binary.probability
    return 1.0 - answer.binary.probability, None, None


def _attenuation(decision: Decision, estimates: Iterable[BmdEstimate]) -> float | None:
    # Where attenuation decided, the row shows the very number that decided.
    if decision.quantity == "trabecular_hu":
        return decision.value
    measured = [e.trabecular_hu for e in estimates if e.trabecular_hu is not None]
    return fmean(measured) if measured else None
