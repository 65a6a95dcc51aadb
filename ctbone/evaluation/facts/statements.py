"""What a run knows about itself, in sentences: for checklists and for the text of a paper.

A fact that a run cannot know is absent. Nothing here is inferred from what is not written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ctbone.evaluation.facts import index_test, participants
from ctbone.evaluation.facts.evidence import Evidence, percent
from ctbone.evaluation.facts.statistics import statistics
from ctbone.evaluation.scales import CATEGORIES, spoken
from ctbone.evaluation.subgroups import COVARIATES
from ctbone.plurals import counted
from ctbone.version import __version__

#: Every fact by its name, and what it is about.
FACTS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "accuracy of the index test",
        "acquisition": "how the CT was acquired",
        "blinding_index": "what the index test was told",
        "cautions": "what speaks against the tables",
        "cross_table": "the table of index test against reference",
        "dates": "dates of the CT",
        "deidentification": "how identities were kept apart",
        "demographics": "sex and age",
        "disjoint": "the level at which splits are disjoint",
        "eligibility": "which series were eligible",
        "ensemble": "whether several models were combined",
        "errors": "how the index test erred",
        "external": "external testing",
        "flow": "the flow of participants",
        "hardware": "the hardware",
        "indeterminate": "indeterminate results",
        "index_rule": "cut-offs of the index test",
        "index_software": "the software of the index test",
        "index_test": "name and version of the index test",
        "interval": "time between index test and reference",
        "missing": "missing results of the index test",
        "missing_reference": "missing results of the reference standard",
        "partitions": "patients by split",
        "preprocessing": "what the index test sees",
        "reference_rule": "cut-offs of the reference standard",
        "reference_standard": "the reference standard",
        "sample_size": "patients that were tested",
        "severity": "patients by reference category",
        "sites": "where the CT was done",
        "software": "the software of the evaluation",
        "statistics": "the statistical methods",
        "test_sets": "internal and external test sets",
        "threshold": "a threshold chosen on other patients",
        "training": "how the model was trained",
        "validation": "how the model was validated",
        "variability": "accuracy in subgroups",
        "weights": "digests of the weights",
    }
)


def facts_of(evidence: Evidence) -> dict[str, str]:
    """Return what is known, a sentence or two by the names of ``FACTS``."""
    known = {name: state(evidence) for name, state in _STATED.items()}
    return {name: text for name, text in {**known, **evidence.further}.items() if text}


def _accuracy(evidence: Evidence) -> str:
    level = f"{100 * evidence.confidence:g} % interval"
    parts = [
        f"{spoken(target)}: sensitivity {percent(found.accuracy.sensitivity)}, "
        f"specificity {percent(found.accuracy.specificity)}"
        for target, found in evidence.whole.targets.items()
    ]
    return f"All evaluated patients ({level}): {'; '.join(parts)}."


def _blinding(evidence: Evidence) -> str:
    if not evidence.provenance.screening:
        return ""
    return "The index test is computed from the CT alone; the cohort file is not read by it."


def _cautions(evidence: Evidence) -> str:
    return " ".join(caution.sentence for caution in evidence.cautions)


def _cross_table(evidence: Evidence) -> str:
    matrix = evidence.whole.matrix
    parts = [
        f"reference {category.value}: "
        + ", ".join(f"{n} {spoken(c)}" for n, c in zip(row, matrix.classes, strict=True))
        for category, row in zip(CATEGORIES, matrix.counts, strict=True)
    ]
    return f"Index test by reference standard, patients with a result: {'; '.join(parts)}."


def _deidentification(evidence: Evidence) -> str:
    if not evidence.provenance.screening:
        return ""
    return (
        "Results name patients by keyed pseudonyms and hold no name, no birth date and no free "
        "text of a header; of manufacturer and kernel they keep the words that makers and kernels "
        "are known by, and of dates the month. Scanners are named by keyed digests. Studies and "
        "series keep the UIDs of their headers."
    )


def _disjoint(evidence: Evidence) -> str:
    doubts = {"pseudonym_in_several_splits", "pseudonym_of_several_patients"}
    if any(caution.code in doubts for caution in evidence.cautions):
        return ""
    return (
        "Patients: a cohort with a patient in two splits is refused, and each patient counts once."
    )


def _ensemble(evidence: Evidence) -> str:
    # Only a model folder is known to hold one network; a name alone can stand for several.
    models = {case.result.model for case in evidence.cases if case.result.model}
    is_one = len(models) == 1 and evidence.provenance.model
    return "None: every result comes from one model." if is_one else ""


def _errors(evidence: Evidence) -> str:
    matrix = evidence.whole.matrix
    if matrix.classes != CATEGORIES:
        return _wrong_groups(evidence)
    cells = [(abs(i - j), n) for i, row in enumerate(matrix.counts) for j, n in enumerate(row)]
    one, two = (sum(n for apart, n in cells if apart == steps) for steps in (1, 2))
    return (
        f"Of {counted(matrix.total, 'patient')} with a result, {one} were placed "
        f"in a neighbouring category and {two} two categories away."
    )


def _wrong_groups(evidence: Evidence) -> str:
    table = next(iter(evidence.whole.targets.values())).table
    wrong = table.false_positives + table.false_negatives
    total = counted(evidence.whole.matrix.total, "patient")
    return f"Of {total} with a result, {wrong} were placed in the wrong one of two groups."


def _indeterminate(evidence: Evidence) -> str:
    marks = [case.result.indeterminate for case in evidence.cases]
    n = marks.count(True)
    if not n and False not in marks:
        return ""
    return (
        f"Results whose limits straddle a cut-off keep the category of their estimate and are "
        f"marked: {counted(n, 'patient')}."
    )


def _index_software(evidence: Evidence) -> str:
    versions = evidence.provenance.stated("versions")
    if not isinstance(versions, dict):
        return ""
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"Screened with {named}."


def _variability(_: Evidence) -> str:
    names = ", ".join(COVARIATES)
    return f"By {names}, and by vertebral level where that can be told: subgroups.csv."


_STATED: Mapping[str, Callable[[Evidence], str]] = MappingProxyType(
    {
        "accuracy": _accuracy,
        "acquisition": participants.acquisition,
        "blinding_index": _blinding,
        "cautions": _cautions,
        "cross_table": _cross_table,
        "dates": participants.dates,
        "deidentification": _deidentification,
        "demographics": participants.demographics,
        "disjoint": _disjoint,
        "eligibility": lambda evidence: index_test.eligibility(evidence.provenance),
        "ensemble": _ensemble,
        "errors": _errors,
        "external": participants.external,
        "flow": participants.flow,
        "hardware": lambda evidence: index_test.hardware(evidence.provenance),
        "indeterminate": _indeterminate,
        "index_software": _index_software,
        "index_rule": lambda evidence: index_test.index_rule(evidence.rule, evidence.provenance),
        "index_test": lambda evidence: index_test.index_test(evidence.cases, evidence.provenance),
        "interval": participants.interval,
        "missing": participants.missing,
        "missing_reference": participants.missing_reference,
        "partitions": participants.partitions,
        "preprocessing": lambda evidence: index_test.preprocessing(evidence.provenance),
        "reference_rule": participants.reference_rule,
        "reference_standard": participants.reference_standard,
        "sample_size": participants.sample_size,
        "severity": participants.severity,
        "sites": participants.sites,
        "software": lambda _: f"Evaluated with ctbone {__version__}.",
        "statistics": statistics,
        "test_sets": participants.test_sets,
        "training": lambda evidence: index_test.training(evidence.provenance),
        "validation": lambda evidence: index_test.validation(evidence.provenance),
        "variability": _variability,
        "weights": lambda evidence: index_test.weights(evidence.provenance),
    }
)
