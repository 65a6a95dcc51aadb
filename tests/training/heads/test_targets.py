"""What a head should answer, from the rows of a cohort."""

import numpy as np
import pytest

from ctbone.records import BoneCategory
from ctbone.training.heads.targets import target_rows, teaches
from tests.training.heads.cohorts import row


def test_a_row_of_targets_holds_density_t_score_category_and_site():
    rows = [
        row(bmd_mg_cm3=75.5, t_score=-2.8, category=BoneCategory.OSTEOPOROSIS, site="east"),
        row(category=None, site="nowhere"),
    ]
    found = target_rows(rows, sites=["east", "north"])
    np.testing.assert_allclose(found, [[75.5, -2.8, 2.0, 0.0], [np.nan] * 4], rtol=1e-6)
    assert target_rows([], sites=[]).shape == (0, 4)


@pytest.mark.parametrize("task", ["bmd", "multitask"])
def test_a_density_teaches_what_is_regressed_from_it(task):
    assert teaches(row(), task)
    assert not teaches(row(bmd_mg_cm3=None), task)


@pytest.mark.parametrize("task", ["category", "ordinal", "binary"])
def test_a_category_teaches_what_classifies(task):
    assert teaches(row(), task)
    assert not teaches(row(category=None), task)


def test_a_t_score_teaches_what_expects_one():
    assert teaches(row(t_score=-1.5), "t_score")
    assert not teaches(row(), "t_score")
