"""A log that cannot be written is refused in a sentence."""

from __future__ import annotations

import pytest

from ctbone.training import FitConfig
from ctbone.training.reporting import loggers


def test_tensorboard_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("ctbone.training.reporting.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"the package tensorboard .* found none: install"):
        loggers(FitConfig(logs="tensorboard"), tmp_path)
    assert len(loggers(FitConfig(), tmp_path)) == 1
