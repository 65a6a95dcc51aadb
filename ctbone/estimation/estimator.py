"""The seam between a vertebra and its density."""

from __future__ import annotations

from typing import Protocol

from ctbone.patches import PatchGrid, VertebraPatch
from ctbone.records import BmdEstimate


class BmdEstimator(Protocol):
    """Anything that reads a density, an attenuation or a category from a vertebra."""

    @property
    def grid(self) -> PatchGrid:
        """The patch it wants."""
        ...

    @property
    def name(self) -> str:
        """What results call it."""
        ...

    def __call__(self, patch: VertebraPatch, /) -> BmdEstimate:
        """Estimate one vertebra.

        Raises:
            NotEvaluable: If the vertebra cannot be measured.
        """
        ...
