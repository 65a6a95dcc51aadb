"""The counts of several studies, as arrays.

Order of the two margins everywhere: sensitivity, specificity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ctbone.records import ContingencyTable

Array = NDArray[np.float64]

#: Patients of one margin from which on rounding of the binomial likelihood would hide its slope.
_MANY = 1e5


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What k studies saw, as arrays.

    Attributes:
        events: True positives and true negatives, shape ``(k, 2)``.
        totals: Diseased and healthy, shape ``(k, 2)``.
    """

    events: Array
    totals: Array

    @classmethod
    def from_tables(cls, tables: Sequence[ContingencyTable]) -> Counts:
        """Collect the counts of tables, in their order."""
        events = [(t.true_positives, t.true_negatives) for t in tables]
        totals = [(t.diseased, t.healthy) for t in tables]
        return cls(
            np.asarray(events, float).reshape(-1, 2), np.asarray(totals, float).reshape(-1, 2)
        )

    def __len__(self) -> int:
        return len(self.events)

    def take(self, chosen: NDArray[np.bool_]) -> Counts:
        """Return the chosen studies."""
        return Counts(self.events[chosen], self.totals[chosen])

    @property
    def cells(self) -> Array:
        """True positives, true negatives, false negatives, false positives, shape ``(k, 4)``."""
        return np.concatenate([self.events, self.totals - self.events], axis=1)

    @property
    def has_empty_cell(self) -> NDArray[np.bool_]:
        """Whether a cell of each study is 0, shape ``(k,)``."""
        return np.asarray((self.cells == 0).any(1))

    @property
    def is_large(self) -> bool:
        """Whether a study has so many patients that its likelihood is taken from a reference."""
        return bool(self.totals.max(initial=0.0) > _MANY)

    @property
    def reference(self) -> Array:
        """Proportions near the observed ones, never 0 or 1, shape ``(k, 2)``."""
        return np.asarray((self.events + 0.5) / (self.totals + 1.0))

    def log_offset(self) -> Array:
        """Return what turns heights of ``likelihood`` into log probabilities, shape ``(k,)``.

        The binomial coefficients; of large studies the log probability at the reference.
        """
        if not self.is_large:
            return self.log_coefficients()
        y, n, p = self.events, self.totals, self.reference
        at_reference = (y * np.log(p) + (n - y) * np.log1p(-p)).sum(1)
        return np.asarray(self.log_coefficients() + at_reference)

    def log_coefficients(self) -> Array:
        """Return the logarithm of both binomial coefficients together, shape ``(k,)``."""
        y, n = self.events, self.totals
        terms = gammaln(n + 1.0) - gammaln(y + 1.0) - gammaln(n - y + 1.0)
        return np.asarray(terms.sum(1))
