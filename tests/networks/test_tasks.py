"""The columns of every task, and what the networks share with the records."""

from __future__ import annotations

from typing import get_args

from ctbone import records
from ctbone.networks import COLUMNS, OUTPUTS, SCALED, BinaryTarget, HasExtras, Task, build_head
from ctbone.networks.configuration import HeadConfig


def test_every_task_has_columns():
    assert set(COLUMNS) == set(OUTPUTS) == set(get_args(Task))
    assert dict(OUTPUTS) == {
        "bmd": 2,
        "t_score": 2,
        "category": 3,
        "ordinal": 2,
        "binary": 1,
        "multitask": 5,
    }


def test_scaled_tasks_begin_with_a_mean_and_its_log_variance():
    for task in get_args(Task):
        assert (COLUMNS[task][:2] == ("mean", "log_variance")) == (task in SCALED)


def test_the_sides_of_a_cut_are_those_of_the_records():
    assert get_args(BinaryTarget) == get_args(records.BinaryTarget)


def test_a_head_has_extras_and_a_backbone_alone_has_not():
    head = build_head(HeadConfig(backbone="cnn", dimensions=2, width=0.125))
    assert isinstance(head, HasExtras)
    assert head.extras == ()
    assert not isinstance(head.backbone, HasExtras)
