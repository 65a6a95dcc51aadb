"""Accuracy of one index test against a reference standard, patient by patient."""

from __future__ import annotations

from ctbone.confidence import wilson
from ctbone.evaluation.accuracy import DiagnosticAccuracy, accuracy
from ctbone.evaluation.assessment import Assessment, assess
from ctbone.evaluation.command import EvaluateConfig, evaluate
from ctbone.evaluation.linking import Case, Linkage, link
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest, tabulate

__all__ = [
    "Assessment",
    "Case",
    "ConfusionMatrix",
    "DiagnosticAccuracy",
    "EvaluateConfig",
    "Linkage",
    "accuracy",
    "assess",
    "evaluate",
    "link",
    "one_vs_rest",
    "tabulate",
    "wilson",
]
