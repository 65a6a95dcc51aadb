"""Accuracy across studies: the bivariate meta-analysis of 2x2 tables and what goes with it."""

from __future__ import annotations

from ctbone.pooling.summary import SummaryAccuracy, bivariate_summary

__all__ = ["SummaryAccuracy", "bivariate_summary"]
