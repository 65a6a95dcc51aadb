"""A head is asked for the levels that it learnt from."""

from __future__ import annotations

import pytest

from ctbone.screening.levels import unlearnt_levels, wanted_levels


@pytest.fixture
def model(tmp_path):
    (tmp_path / "config.yaml").write_text("head: {levels: [T12, L3]}\n")
    return tmp_path


def test_what_is_asked_for_goes_before_what_was_learnt(model, tmp_path):
    assert wanted_levels(("L4",), model) == ("L4",)
    assert wanted_levels((), model) == ("T12", "L3")
    assert wanted_levels((), tmp_path / "bare") == wanted_levels((), None) == ("L1", "L2")


def test_levels_that_were_not_learnt_are_warned_of(model, tmp_path):
    assert unlearnt_levels(("T12", "L4", "L1"), model) == (
        "this model learnt from T12, L3 and is asked for L4, L1, of which nothing is known"
    )
    assert unlearnt_levels(("L3",), model) is None
    assert unlearnt_levels(("L3",), tmp_path / "bare") is None
