"""One page about what ran, for people."""

from __future__ import annotations

from ctbone.report.page import ReportConfig, report

__all__ = ["ReportConfig", "report"]
