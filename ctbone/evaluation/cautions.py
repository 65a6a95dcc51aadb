"""What the review would hold against these tables.

The rules are those of the meta-analysis that ctbone serves: tests on fewer than 30 patients are
excluded, temporal validation counts as internal, attenuation as the reference standard is a high
risk of bias, and index test and reference belong within three months of each other. A patient on
both sides of a split is no caution but an error, which reading the cohort refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ctbone.evaluation.assessment import (
    FEWEST_PATIENTS,
    LONGEST_GAP_DAYS,
    Assessment,
)
from ctbone.evaluation.linking import Case, Linkage
from ctbone.plurals import counted

#: What is said of patients who are none.
SIMULATED = "The patients are simulated, and say nothing of real ones"

#: Why patients whom the results do not mention are not counted.
_NO_OTHER = "they have no reference category, or nobody of their split and site is in the results"

#: Cohorts of few patients that are named; the tables hold all.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """One thing that a reader of the tables has to know.

    Attributes:
        code: What programs call it.
        sentence: What people are told, the count in it.
        count: How many patients, studies or tables it concerns.
    """

    code: str
    sentence: str
    count: int


def cautions_of(groups: Sequence[Assessment], linkage: Linkage) -> tuple[Caution, ...]:
    """Return every caution about disjoint groups of patients.

    Args:
        groups: Groups by split and site, which share no patient.
        linkage: The patients and what did not become one.
    """
    return (
        *_few(groups),
        *_of_patients(linkage.cases),
        *_of_mixtures(groups),
        *_of_tables(groups),
        *_of_two_groups(linkage),
        *_accounting(linkage),
    )


def _patients(n: int) -> str:
    return counted(n, "patient")


def _few(groups: Sequence[Assessment]) -> Iterator[Caution]:
    sizes = {group.name: sum(case.is_listed for case in group.cases) for group in groups}
    few = [name for name, size in sizes.items() if size < FEWEST_PATIENTS]
    if few:
        parts = [f"{name} ({sizes[name]})" for name in few[:_NAMED]]
        if further := len(few) - len(parts):
            parts.append(f"and {counted(further, 'further cohort')}")
        yield Caution(
            code="few_patients",
            sentence=f"The review excludes tests on fewer than {FEWEST_PATIENTS} patients: "
            f"{'; '.join(parts)}.",
            count=sum(sizes[name] for name in few),
        )


def _is_late(case: Case) -> bool:
    return case.days_apart is not None and case.days_apart > LONGEST_GAP_DAYS


def _is_same_image(case: Case) -> bool:
    # Dates that are not known do not tell two scans apart.
    return case.reference.reference_standard == "HU" and case.days_apart in (0, None)


#: Code, what it says, and of which patients; the count ends the sentence.
_PATIENTS: tuple[tuple[str, str, Callable[[Case], bool]], ...] = (
    (
        "seen_in_training",
        "The patients are of the training or validation split, which a trained model has seen",
        lambda case: case.reference.split in ("train", "validation"),
    ),
    (
        "long_interval",
        f"Index test and reference lie more than {LONGEST_GAP_DAYS} days apart",
        _is_late,
    ),
    (
        "unknown_interval",
        "The days between index test and reference are unknown",
        lambda case: case.days_apart is None,
    ),
    (
        "attenuation_as_reference",
        "The reference standard is attenuation (HU), a high risk of bias",
        lambda case: case.reference.reference_standard == "HU",
    ),
    (
        "same_image",
        "Index test and reference were read from the same CT, as far as dates tell, so that they "
        "agree better than either does with the truth",
        _is_same_image,
    ),
    (
        "simulated_patients",
        SIMULATED,
        lambda case: case.reference.reference_standard == "simulated",
    ),
    (
        "temporal_is_internal",
        "Temporal validation counts as internal",
        lambda case: case.reference.split == "temporal_test",
    ),
    ("no_result", "The index test gave no result", lambda case: not case.is_evaluable),
)


def _of_patients(cases: Sequence[Case]) -> Iterator[Caution]:
    for code, text, holds in _PATIENTS:
        if n := sum(map(holds, cases)):
            yield Caution(code=code, sentence=f"{text}: {_patients(n)}.", count=n)


def _cut_offs(case: Case) -> str:
    row = case.reference
    if row.reference_standard != "QCT":
        return ""
    # A category without its density was cut by a rule that no file tells.
    return row.density_rule or ("" if row.bmd_mg_cm3 is None else "acr_qct")


#: Code, what it says, and what patients of one group must not differ in.
_MIXTURES: tuple[tuple[str, str, Callable[[Case], str]], ...] = (
    (
        "mixed_reference_standards",
        "One table holds several reference standards",
        lambda case: case.reference.reference_standard,
    ),
    (
        "mixed_cut_offs",
        "One table holds reference categories by several cut-offs of density",
        _cut_offs,
    ),
    (
        "mixed_models",
        "One table holds results of several models",
        lambda case: case.result.model,
    ),
)


def _of_mixtures(groups: Sequence[Assessment]) -> Iterator[Caution]:
    for code, text, value_of in _MIXTURES:
        n, values = 0, set[str]()
        for group in groups:
            found = {value_of(case) for case in group.cases} - {""}
            if len(found) > 1:
                n, values = n + len(group.cases), values | found
        if n:
            names = ", ".join(sorted(values))
            sentence = f"{text} ({names}): {counted(n, 'patient')}."
            yield Caution(code=code, sentence=sentence, count=n)


def _of_tables(groups: Sequence[Assessment]) -> Iterator[Caution]:
    inner = [g for g in groups if {c.reference.split for c in g.cases} != {"external_test"}]
    sites = {case.reference.site for group in inner for case in group.cases}
    if len(sites) > 1:
        n = sum(len(group.cases) for group in inner)
        text = f"Sites within an internal or temporal split do not make it external: {len(sites)}"
        sentence = f"{text} sites, {counted(n, 'patient')}."
        yield Caution(code="sites_are_not_external", sentence=sentence, count=n)
    n = sum(len(group.targets) for group in groups)
    if n == len(groups):
        return
    sentence = (
        f"Tables of one cohort count the same patients, once a target, and are not independent: "
        f"{counted(n, 'table')} of {counted(len(groups), 'cohort')}."
    )
    yield Caution(code="dependent_tables", sentence=sentence, count=n)


def _of_two_groups(linkage: Linkage) -> Iterator[Caution]:
    if lack := linkage.scale.lack:
        n = sum(case.is_evaluable for case in linkage.cases)
        yield Caution(code="two_groups", sentence=f"{lack} Concerned: {_patients(n)}.", count=n)


def _accounting(linkage: Linkage) -> Iterator[Caution]:
    missed = sum(not case.is_listed for case in linkage.cases)
    if n := linkage.without_result + missed:
        m = linkage.patients_without_result
        told = f"; counted as without a result: {_patients(missed)}" if missed else ""
        out = f"; in no table, as {_NO_OTHER}: {_patients(m)}" if m else ""
        sentence = f"Studies of the cohort that are not in the results: {n}{told}{out}."
        yield Caution(code="not_in_results", sentence=sentence, count=n)
    numbers = (
        (
            "nearer_not_in_results",
            linkage.nearer_missed,
            "Patients judged by a study although one nearer to the reference is not in results",
        ),
        (
            "without_reference",
            linkage.without_reference,
            "Results without a study in the cohort",
        ),
        (
            "without_category",
            linkage.without_category,
            "Patients without a reference category",
        ),
    )
    for code, n, text in numbers:
        if n:
            yield Caution(code=code, sentence=f"{text}: {n}.", count=n)
