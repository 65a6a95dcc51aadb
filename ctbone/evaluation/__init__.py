"""Accuracy of one index test against a reference standard, patient by patient."""

from __future__ import annotations

from ctbone.evaluation.assessment import Assessment, AssessmentOptions, assess
from ctbone.evaluation.command import evaluate, run_evaluation
from ctbone.evaluation.configuration import EvaluateConfig
from ctbone.evaluation.linking import Case, Linkage, link
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, accuracy
from ctbone.evaluation.measures.comparison import Comparison, compare
from ctbone.evaluation.measures.thresholds import Threshold, choose_threshold, report_threshold
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest, tabulate

__all__ = [
    "Assessment",
    "AssessmentOptions",
    "Case",
    "Comparison",
    "ConfusionMatrix",
    "DiagnosticAccuracy",
    "EvaluateConfig",
    "Linkage",
    "Threshold",
    "accuracy",
    "assess",
    "choose_threshold",
    "compare",
    "evaluate",
    "link",
    "one_vs_rest",
    "report_threshold",
    "run_evaluation",
    "tabulate",
]
