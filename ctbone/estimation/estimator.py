"""The seam between the vertebrae of a patient and their density."""

from __future__ import annotations

from typing import Protocol

from ctbone.patches import PatchGrid, VertebraPatch
from ctbone.records import BmdEstimate


class BmdEstimator(Protocol):
    """Anything that reads a density, an attenuation or a category from vertebrae."""

    @property
    def grid(self) -> PatchGrid:
        """The patch it wants."""
        ...

    @property
    def name(self) -> str:
        """What results call it."""
        ...

    def __call__(self, patches: tuple[VertebraPatch, ...], /) -> tuple[BmdEstimate, ...]:
        """Estimate all chosen vertebrae of one patient, one estimate a patch, in their order.

        An estimator that reads the vertebrae together gives each the answer for the patient.

        Raises:
            NotEvaluable: If a vertebra cannot be measured; its ``level`` is that of the first.
        """
        ...
