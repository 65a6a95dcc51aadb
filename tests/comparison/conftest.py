"""Two small tests of one cohort, on disk as the commands of an arm leave them."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.cohort import write_cohort
from ctbone.comparison.material import Material
from ctbone.delimited import write_rows
from ctbone.interchange.results import RESULT_COLUMNS
from tests.evaluation.conftest import make_reference, make_result

PLAN = """\
title: Small
simulation: {configuration: trial, patients: 6}
budget: {epochs: 1, batch_size: 4, learning_rate: 0.001}
options: {head.network.width: 0.25}
arms:
  a: {preset: fangy2021}
  b: {preset: fangy2021, options: {head.network.backbone: resnet18}}
questions:
  - {about: backbone, first: a, second: b, differs: [head.network.backbone]}
  - {about: validation, first: a}
"""


@pytest.fixture
def plan_file(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def material(tmp_path):
    """Forty patients of two splits, half of them with osteoporosis."""
    rows = [
        make_reference(n, reference(n), split="internal_test" if n < 24 else "external_test")
        for n in range(40)
    ]
    write_cohort(tmp_path / "cohort.csv", rows)
    return Material(
        export=tmp_path / "export",
        masks=tmp_path / "masks.csv",
        cohorts={"QCT": tmp_path / "cohort.csv"},
        is_simulated=True,
    )


def reference(number):
    return 60.0 if number % 2 else 140.0


@pytest.fixture
def screened(tmp_path):
    """Return a function that writes results.csv of a test with a spread of errors, mg/cm3."""

    def write(name, sd_mg_cm3):
        rng = np.random.default_rng(3)
        rows = []
        for n in range(40):
            value = round(reference(n) + float(rng.normal(0.0, sd_mg_cm3)), 2)
            limits = {"bmd_lower_mg_cm3": value - 10.0, "bmd_upper_mg_cm3": value + 10.0}
            result = make_result(n, value, **limits)
            rows.append({column: getattr(result, column) for column in RESULT_COLUMNS})
        path = tmp_path / name / "screening" / "results.csv"
        return write_rows(path, RESULT_COLUMNS, rows)

    return write
