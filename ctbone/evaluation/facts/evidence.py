"""All that an evaluation gathered, from which facts are stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ctbone.cohort import CohortRow
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.cautions import Caution
from ctbone.evaluation.flow import Flow
from ctbone.evaluation.linking import Case
from ctbone.evaluation.provenance import Provenance
from ctbone.records import Interval
from ctbone.rules import DecisionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an evaluation gathered.

    Attributes:
        cohort: Every row of the cohort, of all splits.
        whole: All evaluated patients.
        flow: Their way into the tables.
        cautions: What speaks against the tables.
        provenance: Where the results come from.
        rule: Decision rule of the index test; ``None`` where it is not known.
        confidence: Of the intervals.
        interval: How the limits of shares were found.
        resamples: Resamples of patients for the area under the curve.
        is_compared: Whether another index test stood beside this one.
        areas_are_compared: Whether that was done for areas under the curve, too.
        further: Facts that the command adds, by name.
    """

    cohort: tuple[CohortRow, ...]
    whole: Assessment
    flow: Flow
    cautions: tuple[Caution, ...]
    provenance: Provenance
    confidence: float
    interval: str = "wilson"
    rule: DecisionRule | None = None
    resamples: int = 0
    is_compared: bool = False
    areas_are_compared: bool = False
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> tuple[Case, ...]:
        """All evaluated patients."""
        return self.whole.cases


def percent(value: Interval | None) -> str:
    """Return a share as people read it."""
    if value is None:
        return "not given"
    parts = (100.0 * part for part in (value.estimate, value.lower, value.upper))
    return "{:.1f} % ({:.1f} to {:.1f})".format(*parts)


def tally(values: Iterable[str]) -> str:
    """Return how many of what, the commonest first."""
    found = Counter(values)
    order = sorted(found, key=lambda name: (-found[name], name))
    return ", ".join(f"{name} {found[name]}" for name in order)
