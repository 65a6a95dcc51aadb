"""What is known of the patients and of their reference results, in sentences."""

from __future__ import annotations

from collections import Counter
from statistics import median
from types import MappingProxyType

from ctbone.cohort import CohortRow
from ctbone.evaluation.facts.evidence import Evidence, tally
from ctbone.evaluation.facts.index_test import describe_rule
from ctbone.evaluation.scales import CATEGORIES
from ctbone.evaluation.subgroups import UNKNOWN, value_in
from ctbone.plurals import counted
from ctbone.rules import shipped_rule

_STANDARDS = MappingProxyType(
    {
        "QCT": "quantitative CT",
        "DXA": "dual-energy X-ray absorptiometry",
        "HU": "attenuation in Hounsfield units",
        "simulated": "simulated patients with known density",
    }
)


def acquisition(evidence: Evidence) -> str:
    """State scanners, tube potentials, thicknesses, kernels and contrast agents."""
    names = ("vendor", "tube potential", "slice thickness", "kernel kind", "contrast")
    parts = [f"{name}: {tally(value_in(case, name) for case in evidence.cases)}" for name in names]
    silent = all(value_in(c, name) == UNKNOWN for name in names for c in evidence.cases)
    return "" if silent else f"Series that were read: {'; '.join(parts)}."


def dates(evidence: Evidence) -> str:
    """State when the CT was done."""
    known = [c.reference.study_date for c in evidence.cases if c.reference.study_date]
    if not known:
        return ""
    missing = len(evidence.cases) - len(known)
    lost = f"; unknown in {missing}" if missing else ""
    return f"CT from {min(known).isoformat()} to {max(known).isoformat()}{lost}."


def demographics(evidence: Evidence) -> str:
    """State sex and age."""
    rows = [case.reference for case in evidence.cases]
    ages = [row.age_years for row in rows if row.age_years is not None]
    sexes = tally(value_in(case, "sex") for case in evidence.cases)
    if not ages:
        return "" if all(row.sex is None for row in rows) else f"Sex: {sexes}. Age: unknown."
    lost = f", unknown in {len(rows) - len(ages)}" if len(ages) < len(rows) else ""
    reach = f"median {median(ages):.0f} years ({min(ages):.0f} to {max(ages):.0f})"
    return f"Sex: {sexes}. Age: {reach}{lost}."


def external(evidence: Evidence) -> str:
    """State who was tested externally, and where."""
    cases = [c for c in evidence.cases if c.reference.split == "external_test"]
    if not cases:
        return "No external test set was evaluated."
    sites = sorted({case.reference.site for case in cases} - {""})
    at = f" at {counted(len(sites), 'site')} ({', '.join(sites)})" if sites else ""
    return f"External test set: {counted(len(cases), 'patient')}{at}."


def flow(evidence: Evidence) -> str:
    """State how studies became patients in the tables."""
    flow = evidence.flow
    lost = flow.patients_without_result
    only = f", the only ones of {counted(lost, 'patient')}" if lost else ""
    return (
        f"{flow.studies} studies in the cohort; {flow.without_result} set aside, not in the "
        f"results{only}; "
        f"{flow.further_studies} set aside, as their patient has another; {flow.patients} "
        f"patients, {flow.without_category} of them without a reference category and "
        f"{flow.nonevaluable} without a result; {flow.with_result} in the tables (flow.svg)."
    )


def interval(evidence: Evidence) -> str:
    """State the days between index test and reference."""
    days = [case.days_apart for case in evidence.cases if case.days_apart is not None]
    if not days:
        return ""
    missing = len(evidence.cases) - len(days)
    lost = f"; unknown in {missing}" if missing else ""
    reach = f"a median of {median(days):g} days ({min(days)} to {max(days)})"
    return f"Between CT and reference result lay {reach}{lost}."


def missing(evidence: Evidence) -> str:
    """State who has no result of the index test, why, and how that counts."""
    flow = evidence.flow
    reasons = "; ".join(f"{r.replace('_', ' ')} {sum(n)}" for r, n in flow.no_result.items())
    return (
        f"Without a result of the index test: {counted(flow.nonevaluable, 'patient')}"
        f"{f' ({reasons})' if reasons else ''}. They are outside the ordinary tables, and count "
        "as wrong in the intention-to-diagnose tables."
    )


def missing_reference(evidence: Evidence) -> str:
    """State who has no reference category."""
    n = evidence.flow.without_category
    return f"Without a reference category, and left out: {counted(n, 'patient')}."


def partitions(evidence: Evidence) -> str:
    """State how many patients each split of the cohort holds."""
    patients = {row.patient_id: row.split for row in evidence.cohort}
    return f"Patients of the cohort by split: {tally(map(_spelt, patients.values()))}."


def sample_size(evidence: Evidence) -> str:
    """State how many patients were evaluated."""
    return f"Evaluated: {counted(len(evidence.cases), 'patient')}."


def severity(evidence: Evidence) -> str:
    """State how many patients are in each category of the reference."""
    rows = evidence.whole.matrix
    totals = [sum(r) + m for r, m in zip(rows.counts, rows.nonevaluable, strict=True)]
    parts = (f"{c.value} {n}" for c, n in zip(CATEGORIES, totals, strict=True))
    return f"Patients by reference category: {', '.join(parts)}."


def sites(evidence: Evidence) -> str:
    """State where the CT was done."""
    if not any(case.reference.site for case in evidence.cases):
        return ""
    return f"Patients by site: {tally(c.reference.site or UNKNOWN for c in evidence.cases)}."


def test_sets(evidence: Evidence) -> str:
    """State how many patients of each split were evaluated."""
    splits = tally(_spelt(case.reference.split) for case in evidence.cases)
    return f"Patients evaluated by split: {splits}. Temporal validation counts as internal."


def reference_standard(evidence: Evidence) -> str:
    """State what the reference results are."""
    found = Counter(_STANDARDS[c.reference.reference_standard] for c in evidence.cases)
    parts = [f"{name} ({counted(n, 'patient')})" for name, n in found.most_common()]
    made = " The patients are simulated." if evidence.provenance.is_simulated else ""
    return f"The reference standard was {' and '.join(parts)}.{made}"


def reference_rule(evidence: Evidence) -> str:
    """State the cut-offs of the reference categories, and who has a category and no measurement.

    A category that stands without its measurement was cut by a rule that no file tells.
    """
    rules = [rule_of_reference(case.reference) for case in evidence.cases]
    named = sorted(set(rules) - {""})
    parts = [f"{describe_rule(shipped_rule(name))} ({name})" for name in named]
    if not parts:
        return ""
    stated = rules.count("")
    more = f" The cohort states the category of {counted(stated, 'patient')} without the"
    return (
        f"By the reference standard, patients were classed as {'; or as '.join(parts)}."
        f"{f'{more} measurement that it came from.' if stated else ''}"
    )


def rule_of_reference(row: CohortRow) -> str:
    """Name the cut-offs that a reference category came from; empty where no file tells."""
    if row.reference_standard == "DXA":
        return "" if row.t_score is None else "dxa_t_score"
    if row.reference_standard == "HU" or row.bmd_mg_cm3 is None:
        return row.density_rule or ""
    return row.density_rule or "acr_qct"


def _spelt(split: str) -> str:
    return split.replace("_", " ")
