"""Counts of the index test against the reference standard, and estimates with limits."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its confidence limits.

    Attributes:
        estimate: The estimate.
        lower: Lower limit.
        upper: Upper limit.

    Example:
        >>> Interval(0.9, 0.8, 0.95).upper
        0.95
        >>> f"{Interval(0.9, 0.8, 0.95):.2f}"
        '0.90 (0.80 to 0.95)'
    """

    estimate: float
    lower: float
    upper: float

    def __post_init__(self) -> None:
        if not self.lower <= self.estimate <= self.upper:
            found = f"{self.lower} <= {self.estimate} <= {self.upper}"
            raise ValueError(f"an estimate lies between its limits, got {found}")

    def __format__(self, spec: str) -> str:
        """Write the estimate and, in brackets, its limits, each number as ``spec`` says."""
        if not spec:
            return str(self)
        return f"{self.estimate:{spec}} ({self.lower:{spec}} to {self.upper:{spec}})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyTable:
    """Index test against reference standard, counts of patients.

    Attributes:
        true_positives: Diseased, called positive.
        false_positives: Healthy, called positive.
        false_negatives: Diseased, called negative.
        true_negatives: Healthy, called negative.

    Example:
        >>> table = ContingencyTable(
        ...     true_positives=45, false_positives=10, false_negatives=5, true_negatives=40
        ... )
        >>> table.diseased, table.healthy
        (50, 50)
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    def __post_init__(self) -> None:
        for cell in fields(self):
            if (count := getattr(self, cell.name)) < 0:
                raise ValueError(f"{cell.name} must not be negative, got {count}")

    @property
    def diseased(self) -> int:
        """Patients the reference standard calls diseased."""
        return self.true_positives + self.false_negatives

    @property
    def healthy(self) -> int:
        """Patients the reference standard calls healthy."""
        return self.false_positives + self.true_negatives
