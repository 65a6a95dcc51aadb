"""A folder of pages about what ran, for people, where a reviewer looks at every study."""

from __future__ import annotations

from ctbone.report.command import ReportConfig, report

__all__ = ["ReportConfig", "report"]
