"""Accuracy across studies: the bivariate meta-analysis of 2x2 tables and what goes with it."""

from __future__ import annotations

from ctbone.pooling.analysis import Analysis, Targets, analyse, analyse_targets
from ctbone.pooling.command import PoolConfig, pool, run_pooling
from ctbone.pooling.moderators.subgroups import Choice
from ctbone.pooling.summary import SummaryAccuracy, bivariate_summary

__all__ = [
    "Analysis",
    "Choice",
    "PoolConfig",
    "SummaryAccuracy",
    "Targets",
    "analyse",
    "analyse_targets",
    "bivariate_summary",
    "pool",
    "run_pooling",
]
