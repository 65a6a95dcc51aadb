"""What a head should answer, from the rows of a cohort."""

import numpy as np
import pytest

from ctbone.records import BoneCategory
from ctbone.training.heads.targets import target_rows, teaches
from tests.training.heads.cohorts import row


def test_a_row_of_targets_holds_density_t_score_category_and_site():
    rows = [
        row(bmd=75.5, t=-2.8, category=BoneCategory.OSTEOPOROSIS, site="east"),
        row(bmd=None, t=None, category=None, site="nowhere"),
    ]
    found = target_rows(rows, sites=["east", "north"])
    np.testing.assert_allclose(found, [[75.5, -2.8, 2.0, 0.0], [np.nan] * 4], rtol=1e-6)
    assert target_rows([], sites=[]).shape == (0, 4)


@pytest.mark.parametrize(
    ("task", "known"),
    [("bmd", "bmd"), ("multitask", "bmd"), ("t_score", "t"), ("category", "category"),
     ("ordinal", "category"), ("binary", "category")],
)  # fmt: skip
def test_a_row_teaches_a_task_whose_reference_it_has(task, known):
    values = {"bmd": 100.0, "t": -1.5, "category": BoneCategory.OSTEOPENIA}
    assert teaches(row(**values), task)
    assert not teaches(row(**values | {known: None}), task)
