"""What the bones beside the spine have to know of the person that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ctbone.phantom.anatomy.variants import Anomalies


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A person, as far as bones ask.

    Attributes:
        scale: Size relative to the tables.
        sex: ``F`` or ``M``.
        age_years: Age in whole years.
        anomalies: What is unusual about ribs and lumbosacral junction.
        hip_prosthesis_fraction: Chance of an artificial hip at 80 years.
        arms_up_fraction: Chance that the arms lie above the head.
    """

    scale: float
    sex: Literal["F", "M"]
    age_years: int
    anomalies: Anomalies
    hip_prosthesis_fraction: float = 0.0
    arms_up_fraction: float = 1.0
