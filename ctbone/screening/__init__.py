"""From a study to a finding, and from an export to a ledger."""

from __future__ import annotations

from ctbone.screening.batch import outcomes
from ctbone.screening.configuration import ScreenConfig
from ctbone.screening.engine import Engine, Finished, Opened, Opener, Opening
from ctbone.screening.ledger import Ledger
from ctbone.screening.screen import run_screening, screen
from ctbone.screening.study import Pipeline, screen_study

__all__ = [
    "Engine",
    "Finished",
    "Ledger",
    "Opened",
    "Opener",
    "Opening",
    "Pipeline",
    "ScreenConfig",
    "outcomes",
    "run_screening",
    "screen",
    "screen_study",
]
