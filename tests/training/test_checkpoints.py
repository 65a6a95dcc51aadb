"""What a run can be resumed from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ctbone.training.checkpoints import OPTIONS, epochs_done


@pytest.fixture
def checkpoint(tmp_path):
    state = {f"network.{name}": value for name, value in nn.Linear(3, 2).state_dict().items()}
    torch.save({"state_dict": state, "epoch": 4}, tmp_path / "last.ckpt")
    return tmp_path / "last.ckpt"


def test_a_run_goes_on_after_the_epochs_that_it_has_had(checkpoint):
    assert epochs_done(checkpoint, nn.Linear(3, 2), of=5, options={}) == 5


@pytest.mark.parametrize(
    ("network", "found"),
    [(nn.Linear(4, 2), r"1 weights differ \(weight\)"), (nn.PReLU(), "2 weights differ")],
)
def test_another_network_is_refused(checkpoint, network, found):
    with pytest.raises(ValueError, match=f"last.ckpt holds another: {found}"):
        epochs_done(checkpoint, network, of=9, options={})


def test_fewer_epochs_than_it_has_had_are_refused(checkpoint):
    with pytest.raises(ValueError, match=r"expected 5 epochs or more, .* got 4"):
        epochs_done(checkpoint, nn.Linear(3, 2), of=4, options={})


def test_other_options_are_refused_by_name(checkpoint):
    state = torch.load(checkpoint, weights_only=True)
    before = {"fit.learning_rate": ("0.001", "a"), "content of head.cohort": ("01", "b")}
    torch.save(state | {OPTIONS: before}, checkpoint)
    assert epochs_done(checkpoint, nn.Linear(3, 2), of=5, options=before) == 5
    now = before | {"fit.learning_rate": ("0.01", "c")}
    message = (
        "last.ckpt is of a fit of another configuration: fit.learning_rate was 0.001, is 0.01"
    )
    with pytest.raises(ValueError, match=message):
        epochs_done(checkpoint, nn.Linear(3, 2), of=5, options=now)


def test_a_checkpoint_that_does_not_say_is_gone_on_from(checkpoint):
    assert epochs_done(checkpoint, nn.Linear(3, 2), of=5, options={"seed": ("1", "a")}) == 5
