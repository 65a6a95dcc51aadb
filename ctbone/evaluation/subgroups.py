"""Accuracy by how, where and in whom the index test was done.

Every covariate parts the same patients, each of them once: what is not known of a patient is the
value ``unknown``, so that the groups of a covariate add up. The exception is the level, where
every patient stands once for each vertebra that could have been read alone (``levels.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ctbone.evaluation.assessment import FEWEST_PATIENTS
from ctbone.evaluation.linking import Case
from ctbone.evaluation.measures.accuracy import IntervalMethod, accuracy
from ctbone.evaluation.measures.roc import delong, scores
from ctbone.evaluation.scales import THREE_WAY, Category, Scale
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest, tabulate
from ctbone.kernels import kernel_kind
from ctbone.plurals import counted
from ctbone.records import ContingencyTable, Interval
from ctbone.scanning import maker_of

#: The value of a covariate that is not known of a patient.
UNKNOWN = "unknown"

#: How a band begins: at nothing, or at a number.
_BAND = re.compile(r"(up to |under )|(?:over )?([0-9]+(?:\.[0-9]+)?)")

_SEXES = MappingProxyType({"F": "female", "M": "male", "O": "other"})

#: Upper ends of the bands of slice thickness below the last, millimetres: a choice, which parts
#: thin, usual and thick reconstructions.
_THICKNESSES_MM = (1.5, 3.0)

#: Lower ends of the age bands above the first, years.
_DECADES = (50, 60, 70, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """Patients who share the value of a covariate.

    Attributes:
        covariate: What parts the patients.
        value: What these have in common.
        cases: They.
        note: What has to be known beside their number; empty where there is nothing.
    """

    covariate: str
    value: str
    cases: tuple[Case, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupAccuracy:
    """What the index test did in a subgroup, for one target.

    Attributes:
        subgroup: The subgroup.
        target: What is told from the rest.
        table: Counts of its patients with a result.
        sensitivity: ``None`` without diseased patients.
        specificity: ``None`` without healthy patients.
        auc: ``None`` where no score covers all of them, or one side has none.
    """

    subgroup: Subgroup
    target: Category
    table: ContingencyTable
    sensitivity: Interval | None
    specificity: Interval | None
    auc: Interval | None

    @property
    def patients(self) -> int:
        """Patients of the subgroup, those without a result among them."""
        return len(self.subgroup.cases)

    @property
    def nonevaluable(self) -> int:
        """Patients without a result."""
        return self.patients - self.table.diseased - self.table.healthy

    @property
    def caution(self) -> str:
        """What a reader has to know of these numbers; empty where there is nothing."""
        few = f"{counted(self.patients, 'patient')}: too few to tell groups apart."
        parts = [few] if self.patients < FEWEST_PATIENTS else []
        return " ".join([*parts, *([self.subgroup.note] if self.subgroup.note else [])])


def subgroups(cases: Sequence[Case]) -> tuple[Subgroup, ...]:
    """Part the patients by every covariate; the groups of each hold all of them, once."""
    return tuple(group for covariate in COVARIATES for group in _part(covariate, cases))


def value_in(case: Case, covariate: str) -> str:
    """Return the value of a covariate in a patient; ``unknown`` where it is not known."""
    return COVARIATES[covariate](case) or UNKNOWN


def assess_subgroups(
    groups: Iterable[Subgroup],
    *,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
    scale: Scale = THREE_WAY,
) -> tuple[SubgroupAccuracy, ...]:
    """Evaluate every subgroup for every target.

    Args:
        groups: The subgroups.
        confidence: Of the intervals.
        interval: Limits of shares.
        scale: What the index test tells apart.
    """
    limits = (confidence, interval)
    return tuple(
        _accuracy(group, target, tabulate(group.cases, scale=scale), limits)
        for group in groups
        for target in scale.targets
    )


def _part(covariate: str, cases: Sequence[Case]) -> Iterator[Subgroup]:
    parts: dict[str, list[Case]] = {}
    for case in cases:
        parts.setdefault(value_in(case, covariate), []).append(case)
    for value in sorted(parts, key=_rank):
        yield Subgroup(covariate=covariate, value=value, cases=tuple(parts[value]))


def _rank(value: str) -> tuple[bool, float, str]:
    """Put bands in their order, words by the alphabet, and what is unknown last."""
    begins = _BAND.match(value)
    number = float(begins[2] or 0.0) if begins else float("inf")
    return value == UNKNOWN, number, value


def _accuracy(
    group: Subgroup,
    target: Category,
    matrix: ConfusionMatrix,
    limits: tuple[float, IntervalMethod],
) -> SubgroupAccuracy:
    confidence, interval = limits
    table = one_vs_rest(matrix, target)
    found = accuracy(table, confidence=confidence, interval=interval)
    score = scores(group.cases, target)
    return SubgroupAccuracy(
        subgroup=group,
        target=target,
        table=table,
        sensitivity=found.sensitivity,
        specificity=found.specificity,
        auc=delong(score, confidence=confidence) if score and not score.is_flat else None,
    )


def _vendor(case: Case) -> str:
    written = case.result.manufacturer
    return maker_of(written) or written


def _tube_potential(case: Case) -> str:
    kvp = case.result.kvp
    return UNKNOWN if kvp is None else f"{kvp:.0f} kV"


def _kernel_kind(case: Case) -> str:
    return kernel_kind(case.result.kernel, case.result.manufacturer).value


def _thickness(case: Case) -> str:
    thickness = case.result.slice_thickness_mm
    if thickness is None:
        return UNKNOWN
    thin, thick = _THICKNESSES_MM
    if thickness <= thin:
        return f"up to {thin:g} mm"
    return f"over {thin:g} to {thick:g} mm" if thickness <= thick else f"over {thick:g} mm"


def _contrast(case: Case) -> str:
    return {True: "with contrast agent", False: "without contrast agent", None: UNKNOWN}[
        case.result.contrast
    ]


def _age(case: Case) -> str:
    age = case.reference.age_years
    if age is None:
        return UNKNOWN
    if age < _DECADES[0]:
        return f"under {_DECADES[0]} years"
    start = max(decade for decade in _DECADES if age >= decade)
    return f"{start} years and over" if start == _DECADES[-1] else f"{start}-{start + 9} years"


#: How a patient is placed by each covariate; an empty value is an unknown one.
COVARIATES: Mapping[str, Callable[[Case], str]] = MappingProxyType(
    {
        "split": lambda case: case.reference.split,
        "site": lambda case: case.reference.site,
        "vendor": _vendor,
        "tube potential": _tube_potential,
        "kernel": lambda case: case.result.kernel,
        "kernel kind": _kernel_kind,
        "slice thickness": _thickness,
        "contrast": _contrast,
        "sex": lambda case: _SEXES.get(case.reference.sex or "", case.reference.sex or UNKNOWN),
        "age": _age,
        "reference standard": lambda case: case.reference.reference_standard,
    }
)
