"""From a study to a finding, and from an export to a ledger."""

from __future__ import annotations

from ctbone.screening.acquisition import acquisition_of
from ctbone.screening.batch import outcomes, screen_study
from ctbone.screening.configuration import ScreenConfig
from ctbone.screening.engine import Engine, Finished, Opened, Opener, Opening
from ctbone.screening.ledger import Ledger
from ctbone.screening.opening import open_pipeline
from ctbone.screening.screen import run_screening, screen
from ctbone.screening.study import Pipeline, screen_scan
from ctbone.screening.taught import as_taught

__all__ = [
    "Engine",
    "Finished",
    "Ledger",
    "Opened",
    "Opener",
    "Opening",
    "Pipeline",
    "ScreenConfig",
    "acquisition_of",
    "as_taught",
    "open_pipeline",
    "outcomes",
    "run_screening",
    "screen",
    "screen_scan",
    "screen_study",
]
