from __future__ import annotations

import csv
import json
from datetime import date

import numpy as np
import pytest

from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable
from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import read_tables, result_cells
from ctbone.interchange.results import RESULT_COLUMNS

from .conftest import make_reference, make_result


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(7)
    splits = ("train", "internal_test", "temporal_test", "external_test")
    cohort, results = [], []
    for i in range(120):
        bmd = float(rng.normal(105, 35))
        late = date(2020, 8, 1) if i % 10 == 0 else date(2020, 1, 10)
        split = splits[i % 4]
        cohort.append(
            make_reference(i, bmd, split=split, site="AB"[i // 4 % 2], reference_date=late)
        )
        results.append(make_result(i, None if i % 11 == 0 else bmd + float(rng.normal(0, 15))))
    write_cohort(tmp_path / "cohort.csv", cohort)
    written = tmp_path / "results.csv"
    write_rows(written, RESULT_COLUMNS, map(result_cells, results))
    return tmp_path / "cohort.csv", written


def run(files, out, **changes):
    cohort, results = files
    evaluate(EvaluateConfig(results=results, cohort=cohort, out=out, **changes))
    return json.loads((out / "evaluation.json").read_text())


def test_tables_are_disjoint_and_complete(files, tmp_path):
    document = run(files, tmp_path / "out", figures=False)
    tables = read_tables(tmp_path / "out" / "confusion_matrices.csv")
    assert len(tables) == 3 * 2 * 3
    assert {t.covariates["validation"] for t in tables} == {"internal", "external"}
    assert {t.covariates["reference_standard"] for t in tables} == {"CT"}
    assert {t.covariates["backbone"] for t in tables} == {"other"}
    counted = [t for t in tables if t.target == "normal"]
    total = sum(t.table.diseased + t.table.healthy + t.n_nonevaluable for t in counted)
    assert total == document["accounting"]["patients"] == 90
    external = [t for t in counted if t.covariates["validation"] == "external"]
    assert all("external_test" in t.cohort for t in external)
    assert len(external) == 2


def test_warnings_are_those_of_the_review(files, tmp_path):
    warnings = " ".join(run(files, tmp_path / "out", figures=False)["warnings"])
    assert "internal_test, A: 15 patients; the review excludes tests on fewer than 30" in warnings
    assert "more than 90 days apart: 6 patients" in warnings
    assert "Temporal validation counts as internal: 30 patients" in warnings


def test_figures_and_run_are_left_behind(files, tmp_path):
    run(files, tmp_path / "out", splits=("external_test",))
    names = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    for figure in ("confusion_matrix", "roc", "bland_altman"):
        assert {f"{figure}_all_patients.png", f"{figure}_all_patients.svg"} <= names
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["counts"]["patients"] == 30
    with (tmp_path / "out" / "confusion_matrix_3x3.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["group"] == "all patients"]
    assert [row["reference"] for row in rows] == ["normal", "osteopenia", "osteoporosis"]


def test_a_model_folder_fills_the_columns(files, tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    record = {
        "schema": 1,
        "grid": {},
        "weights": "weights-0.safetensors",
        "weights_sha256": "0",
        "network": {"backbone": "densenet121", "dimensions": 2},
        "input": {"plane": "axial_slices", "slices": 5, "window_hu": [-200, 600]},
    }
    (model / "model.json").write_text(json.dumps(record))
    run(files, tmp_path / "out", model=model, figures=False)
    covariates = read_tables(tmp_path / "out" / "confusion_matrices.csv")[0].covariates
    names = ("backbone", "dimensionality", "plane", "input", "window")
    assert [covariates[n] for n in names] == ["densenet", "2d", "axial", "multi", "bone"]


@pytest.mark.parametrize("window", [[1], "wide", ["a", "b"]])
def test_a_model_that_cannot_be_described_is_said(files, tmp_path, window):
    record = {"schema": 1, "grid": {}, "weights": "w", "weights_sha256": "0"}
    record |= {"network": {"backbone": "resnet10", "dimensions": 2}}
    record |= {"input": {"plane": "axial", "window_hu": window}}
    (tmp_path / "model.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match="does not describe a model"):
        run(files, tmp_path / "out", model=tmp_path)


def test_an_incomplete_model_is_refused_as_screening_does(files, tmp_path):
    (tmp_path / "model.json").write_text('{"network": {}, "input": {}}')
    with pytest.raises(ValueError, match="must be of schema 1, got None"):
        run(files, tmp_path / "out", model=tmp_path)


def test_no_model_folder_is_said(files, tmp_path):
    with pytest.raises(ValueError, match=r"it lacks model\.json"):
        run(files, tmp_path / "out", model=tmp_path)


def test_a_split_without_patients_is_said(files, tmp_path):
    with pytest.raises(NothingUsable, match="expected patients in the splits"):
        run(files, tmp_path / "out", splits=("validation",))
