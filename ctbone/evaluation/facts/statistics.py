"""How the tables were analysed, in sentences: what was done in this run and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from ctbone.evaluation.facts.evidence import Evidence

_SHARES = {"wilson": "Wilson score", "exact": "Clopper-Pearson"}


def statistics(evidence: Evidence) -> str:
    """State the unit, the intervals and the tests."""
    return " ".join([_intervals(evidence), *_further(evidence), *_tests(evidence), _UNIT])


_UNIT = "The patient is the unit: of several studies the one nearest to the reference counts."


def _intervals(evidence: Evidence) -> str:
    targets = evidence.whole.targets.values()
    parts = [
        f"{_SHARES.get(evidence.interval, evidence.interval)} for shares",
        "the delta method on the log scale for likelihood and odds ratios",
    ]
    if any(found.auc for found in targets):
        again = ""
        if evidence.resamples and any(found.bootstrap for found in targets):
            again = f" and, with all studies, {evidence.resamples} bootstrap resamples of patients"
        parts.append(f"DeLong{again} for areas under the curve")
    if evidence.whole.kappa:
        parts.append("the variance of Fleiss, Cohen and Everitt for kappa")
    return f"{100 * evidence.confidence:g} % intervals: {', '.join(parts)}."


def _further(evidence: Evidence) -> Iterator[str]:
    found = evidence.whole
    if any(target.predictive for target in found.targets.values()):
        yield "Predictive values at other prevalences follow from Bayes' rule, with logit limits."
    if found.density:
        yield (
            "Densities were compared by bias and 95 % limits of agreement (Bland and Altman), "
            "Lin's concordance, ICC(2,1) and a line of the reference on the index test."
        )
    if found.t_score:
        yield (
            "T-scores were compared by bias and 95 % limits of agreement (Bland and Altman), "
            "Lin's concordance and ICC(2,1)."
        )
    if any(target.calibration for target in found.targets.values()):
        yield (
            "Probabilities were judged by the Brier score, by logistic recalibration and by "
            "decision curves."
        )


def _tests(evidence: Evidence) -> Iterator[str]:
    if evidence.is_compared:
        areas = " and DeLong's test" if evidence.areas_are_compared else ""
        yield f"Two index tests were compared by McNemar's mid-P test{areas}."
