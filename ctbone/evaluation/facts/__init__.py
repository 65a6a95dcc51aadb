"""What a run knows about itself, in sentences."""

from __future__ import annotations

from ctbone.evaluation.facts.evidence import Evidence, percent
from ctbone.evaluation.facts.statements import FACTS, facts_of

__all__ = ["FACTS", "Evidence", "facts_of", "percent"]
