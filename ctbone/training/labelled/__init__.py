"""Real CT with labelled vertebrae, of several layouts, as cases that the localiser learns from."""

from __future__ import annotations

from ctbone.training.labelled.conversion import to_case
from ctbone.training.labelled.gathering import Gathered, gather_cases
from ctbone.training.labelled.layouts import LabelledStudy, find_studies
from ctbone.training.labelled.mixing import HeldOutFields, MixedEpochs

__all__ = [
    "Gathered",
    "HeldOutFields",
    "LabelledStudy",
    "MixedEpochs",
    "find_studies",
    "gather_cases",
    "to_case",
]
