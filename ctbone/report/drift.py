"""Whether what scanners measure moves with time: medians by scanner and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median, quantiles

from ctbone.report.studies import Study

#: Fewer studies than these tell little of a month.
FEW = 5

#: Scanners that are told apart; of more, those with most studies.
MOST_SCANNERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What one scanner measured in one month.

    Attributes:
        scanner: Which.
        month: ``YYYY-MM``; empty where it is unknown.
        number: Of studies.
        lower: First quartile.
        median: Of the studies.
        upper: Third quartile.
    """

    scanner: str
    month: str
    number: int
    lower: float
    median: float
    upper: float

    @property
    def is_sparse(self) -> bool:
        """Whether it rests on few studies."""
        return self.number < FEW


def months_of(studies: Iterable[Study], quantity: str) -> tuple[Month, ...]:
    """Return what each scanner measured, month by month, the scanner with most studies first.

    A study without a scanner counts for none.
    """
    known = [s for s in studies if s.scanner and quantity in s.measures]
    order = [name for name, _ in Counter(s.scanner for s in known).most_common(MOST_SCANNERS)]
    known = [s for s in known if s.scanner in order]
    known.sort(key=lambda s: (order.index(s.scanner), s.month))
    return tuple(
        _month(scanner, month, [s.measures[quantity].value for s in group])
        for (scanner, month), group in groupby(known, key=lambda s: (s.scanner, s.month))
    )


def left_out(studies: Iterable[Study], quantity: str) -> tuple[int, int]:
    """Return how many scanners are not told apart, and how many studies name none."""
    known = [s for s in studies if quantity in s.measures]
    scanners = {s.scanner for s in known if s.scanner}
    return max(0, len(scanners) - MOST_SCANNERS), sum(not s.scanner for s in known)


def _month(scanner: str, month: str, values: Sequence[float]) -> Month:
    if len(values) == 1:
        lower = upper = values[0]
    else:
        lower, _, upper = quantiles(values, n=4, method="inclusive")
    return Month(
        scanner=scanner,
        month=month,
        number=len(values),
        lower=lower,
        median=median(values),
        upper=upper,
    )
