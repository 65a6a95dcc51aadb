"""Systems trained and tested on one cohort with equal budgets, and what that answers."""

from __future__ import annotations

from ctbone.comparison.command import CompareConfig, compare
from ctbone.comparison.plan import Arm, Budget, Plan, Question, Simulation, read_plan

__all__ = [
    "Arm",
    "Budget",
    "CompareConfig",
    "Plan",
    "Question",
    "Simulation",
    "compare",
    "read_plan",
]
