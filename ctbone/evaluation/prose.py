"""Paragraphs that a methods and a results section could quote, made of what the run knows.

What the run does not know is not mentioned; the checklists say who has to add it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.facts import percent
from ctbone.evaluation.flow import Flow
from ctbone.evaluation.measures.density import DensityAgreement
from ctbone.evaluation.scales import Category, spoken
from ctbone.plurals import counted

#: Facts that a methods section is made of, in its order.
_METHODS = (
    "reference_standard", "reference_rule", "index_test", "index_rule", "eligibility",
    "preprocessing", "interval", "partitions", "statistics", "threshold", "index_software",
    "software", "weights",
)  # fmt: skip


def methods_text(facts: Mapping[str, str]) -> str:
    """Return how the evaluation was done.

    Args:
        facts: Sentences by the names of ``facts.FACTS``.
    """
    missing = (
        "Patients without a result of the index test are counted by reason, left out of the "
        "ordinary tables, and counted as wrong in intention-to-diagnose tables (Schuetz et al., "
        "BMJ 2012;345:e6717)."
    )
    known = [facts[name] for name in _METHODS if facts.get(name)]
    return " ".join([*known, missing])


def results_text(whole: Assessment, flow: Flow, *, confidence: float) -> str:
    """Return what was found in all evaluated patients.

    Args:
        whole: All evaluated patients.
        flow: Their way into the tables.
        confidence: Of the intervals.
    """
    level = f"{100 * confidence:g} % confidence intervals in brackets"
    parts = [_population(flow), *(_target(whole, target, level) for target in whole.targets)]
    if whole.kappa is not None:
        parts.append(f"Linearly weighted kappa was {whole.kappa:.2f}.")
    if whole.density is not None:
        parts.append(_differences(whole.density, "densities", "mg/cm3", 1))
    if whole.t_score is not None:
        parts.append(_differences(whole.t_score, "T-scores", "SD", 2))
    return " ".join(parts)


def _differences(found: DensityAgreement, what: str, unit: str, decimals: int) -> str:
    bias, low, high = (
        f"{value:.{decimals}f}" for value in (found.bias, found.lower_limit, found.upper_limit)
    )
    return (
        f"In {counted(found.n, 'patient')} with both {what} the index test differed from the "
        f"reference by {bias} {unit} in the mean, with 95 % limits of agreement from {low} to "
        f"{high} {unit}."
    )


def _population(flow: Flow) -> str:
    gone = flow.patients_without_result
    lost = f" The results mention no study of {counted(gone, 'further patient')}." if gone else ""
    return (
        f"Of {counted(flow.patients, 'patient')}, {flow.evaluated} had a reference category and "
        f"{flow.with_result} of these a result of the index test; {flow.nonevaluable} had none."
        f"{lost}"
    )


def _target(whole: Assessment, target: Category, level: str) -> str:
    found, table = whole.targets[target], whole.targets[target].table
    first = target is next(iter(whole.targets))
    area = "" if found.auc is None else f", and the area under the curve {found.auc:.2f}"
    hits = f"{table.true_positives} of {table.diseased}"
    clear = f"{table.true_negatives} of {table.healthy}"
    return (
        f"For {spoken(target)}, "
        f"sensitivity was {percent(found.accuracy.sensitivity)} ({hits}) and "
        f"specificity {percent(found.accuracy.specificity)} ({clear}){area}"
        f"{f' ({level})' if first else ''}."
    )
