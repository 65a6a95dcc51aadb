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
from ctbone.interchange import read_results, read_tables, result_cells
from ctbone.interchange.model_record import sealed
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.pooling.clustering import clusters

from ..blank import blank_figures  # noqa: TID252 - of all tests
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


def test_scores_among_people_and_results_of_before_them_change_no_figure(files, tmp_path):
    cohort, results = files
    older = [name for name in RESULT_COLUMNS if not name.startswith("qct_")]
    rows = [result_cells(row) for row in read_results(results)]
    scored = [row | {"qct_t_score": -9.0, "qct_z_score": 9.0} for row in rows]
    texts = set()
    for name, columns, cells in (("old", older, rows), ("new", RESULT_COLUMNS, scored)):
        (tmp_path / name).mkdir()
        write_rows(tmp_path / name / "results.csv", columns, cells)
        run((cohort, tmp_path / name / "results.csv"), tmp_path / name / "out", figures=False)
        tables = tmp_path / name / "out" / "confusion_matrices.csv"
        assert read_tables(tables)
        texts.add((tables.read_text(), (tables.parent / "accuracy.csv").read_text()))
    assert len(texts) == 1


def test_warnings_are_those_of_the_review(files, tmp_path):
    found = run(files, tmp_path / "out", figures=False)["warnings"]
    warnings = " ".join(warning["sentence"] for warning in found)
    assert "excludes tests on fewer than 30 patients: external_test, A (15); ext" in warnings
    assert "more than 90 days apart: 6 patients" in warnings
    assert "Temporal validation counts as internal: 30 patients" in warnings


def classed_alike_at_50_and_80(folder, *, rule):
    """Write patients whom a screening classed by a rule, and none of them between 50 and 80."""
    values = [40.0, 42.0, 45.0, *(90.0 + 5.0 * i for i in range(12))]
    write_cohort(folder / "cohort.csv", [make_reference(i, v) for i, v in enumerate(values)])
    results = [make_result(i, value) for i, value in enumerate(values)]
    write_rows(folder / "results.csv", RESULT_COLUMNS, map(result_cells, results))
    screening = {"command": "screen", "config": {"rule": rule}}
    (folder / "run.json").write_text(json.dumps(screening))
    return folder / "cohort.csv", folder / "results.csv"


def test_cut_offs_lie_about_those_of_the_rule_that_the_screening_names(tmp_path):
    out = tmp_path / "out"
    files = classed_alike_at_50_and_80(tmp_path, rule="east_asian_qct.yaml")
    sweep = run(files, out, figures=False)["groups"]["all patients"]["targets"]["osteoporosis"][
        "cutoffs"
    ]
    assert (sweep["rule"], sweep["rule_cut_off"]) == ("east_asian_qct", 50.0)
    with (out / "cutoffs.csv").open(encoding="utf-8", newline="") as file:
        assert {row["rule"] for row in csv.DictReader(file)} == {"east_asian_qct"}
    assert "east_asian_qct cuts at 50." in (out / "evaluation.html").read_text()


def test_cut_offs_of_a_rule_that_is_not_known_are_not_tried(tmp_path):
    out = tmp_path / "out"
    document = run(classed_alike_at_50_and_80(tmp_path, rule="ours.yaml"), out, figures=False)
    assert document["groups"]["all patients"]["targets"]["osteoporosis"]["cutoffs"] is None
    assert len((out / "cutoffs.csv").read_text().splitlines()) == 1
    assert "is not known beyond doubt" in (out / "evaluation.html").read_text()


def test_figures_and_run_are_left_behind(files, tmp_path):
    with blank_figures():
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
        "schema": 3,
        "grid": {},
        "weights": [{"file": "weights-0.safetensors", "sha256": "0"}],
        "weights_sha256": "0",
        "network": {"backbone": "densenet121", "dimensions": 2},
        "input": {"plane": "axial_slices", "slices": 5, "window_hu": [-200, 600]},
    }
    (model / "model.json").write_text(json.dumps(sealed(record)))
    run(files, tmp_path / "out", model=model, figures=False)
    covariates = read_tables(tmp_path / "out" / "confusion_matrices.csv")[0].covariates
    names = ("backbone", "dimensionality", "plane", "input", "window")
    assert [covariates[n] for n in names] == ["densenet", "2d", "axial", "multi", "bone"]


@pytest.mark.parametrize("window", [[1], "wide", ["a", "b"]])
def test_a_model_that_cannot_be_described_is_said(files, tmp_path, window):
    weights = [{"file": "w", "sha256": "0"}]
    record = {"schema": 3, "grid": {}, "weights": weights, "weights_sha256": "0"}
    record |= {"network": {"backbone": "resnet10", "dimensions": 2}}
    record |= {"input": {"plane": "axial", "window_hu": window}}
    (tmp_path / "model.json").write_text(json.dumps(sealed(record)))
    with pytest.raises(ValueError, match="does not describe a model"):
        run(files, tmp_path / "out", model=tmp_path)


def test_an_incomplete_model_is_refused_as_screening_does(files, tmp_path):
    (tmp_path / "model.json").write_text('{"network": {}, "input": {}}')
    with pytest.raises(ValueError, match="must be of schema 3, got None"):
        run(files, tmp_path / "out", model=tmp_path)


def test_no_model_folder_is_said(files, tmp_path):
    with pytest.raises(ValueError, match=r"it lacks model\.json"):
        run(files, tmp_path / "out", model=tmp_path)


def test_a_split_without_patients_is_said(files, tmp_path):
    with pytest.raises(NothingUsable, match="expected patients in the splits"):
        run(files, tmp_path / "out", splits=("validation",))


def accuracy_rows(out):
    with (out / "accuracy.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_confidence_stands_beside_every_interval(files, tmp_path):
    document = run(files, tmp_path / "out", confidence=0.9, figures=False)
    assert document["confidence"] == 0.9
    assert {row["confidence"] for row in accuracy_rows(tmp_path / "out")} == {"0.9"}


def test_an_area_without_a_width_is_said(tmp_path, capsys):
    densities = (150, 140, 60, 50, 70)
    split = {"split": "external_test"}
    write_cohort(
        tmp_path / "cohort.csv", [make_reference(i, d, **split) for i, d in enumerate(densities)]
    )
    results = [result_cells(make_result(i, d)) for i, d in enumerate(densities)]
    write_rows(tmp_path / "results.csv", RESULT_COLUMNS, results)
    files = tmp_path / "cohort.csv", tmp_path / "results.csv"
    document = run(files, tmp_path / "out", figures=False)
    found = document["groups"]["all patients"]["targets"]["osteoporosis"]
    assert (found["auc"]["lower"], found["auc"]["upper"]) == (1.0, 1.0)
    assert any("the interval is a point" in note for note in found["notes"])
    [row, *_] = [r for r in accuracy_rows(tmp_path / "out") if r["quantity"] == "auc"]
    assert "the interval is a point" in row["note"]
    shown = capsys.readouterr().out
    assert "1.00 to 1.00 *" in shown
    assert "* DeLong's variance is 0 here" in shown
    assert "not given *" not in shown


def test_one_patient_is_no_plural(files, tmp_path, capsys):
    cohort, results = files
    lines = cohort.read_text().splitlines()
    internal = [line for line in lines[1:] if "internal_test" in line]
    cohort.write_text("\n".join([lines[0], internal[1]]) + "\n")
    warnings = run((cohort, results), tmp_path / "out", figures=False)["warnings"]
    shown = " ".join(warning["sentence"] for warning in warnings) + capsys.readouterr().out
    assert "internal_test, B (1)." in shown
    assert "Results without a study in the cohort: 119." in shown
    assert "1 patients" not in shown.replace("11 patients", "")


@pytest.mark.parametrize("study", ["", " "])
def test_a_study_needs_a_name(files, tmp_path, study):
    with pytest.raises(ValueError, match="study must be a name"):
        run(files, tmp_path / "out", study=study)


def test_a_second_evaluation_leaves_no_figure_of_the_first(files, tmp_path):
    with blank_figures():
        run(files, tmp_path / "out", splits=("external_test",))
    assert list((tmp_path / "out" / "figures").iterdir())
    run(files, tmp_path / "out", figures=False, splits=("external_test",))
    assert not list((tmp_path / "out" / "figures").iterdir())
    (tmp_path / "out" / "run.json").write_text('{"command": "pool"}')
    with pytest.raises(ValueError, match="holds a run of ctbone pool"):
        run(files, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prevalence": (0.1, 1.0)}, "prevalence must lie between 0 and 1, got 1.0"),
        ({"bootstrap": -1}, "bootstrap must be a number of resamples, got -1"),
        ({"wanted_sensitivity": 0.0}, "wanted_sensitivity must lie above 0 and up to 1"),
        ({"confidence": 1.0}, "confidence must lie between 0 and 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(files, tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        run(files, tmp_path / "out", **change)


def test_a_threshold_needs_validation_patients(files, tmp_path):
    with pytest.raises(ValueError, match="expected validation patients with and without"):
        run(files, tmp_path / "out", wanted_sensitivity=0.9)


def test_without_a_page_there_is_none(files, tmp_path):
    run(files, tmp_path / "out", figures=False, page=True)
    assert (tmp_path / "out" / "evaluation.html").is_file()
    run(files, tmp_path / "out", figures=False, page=False)
    assert not (tmp_path / "out" / "evaluation.html").exists()


def test_the_other_results_are_not_written_over(files, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    other = out / "subgroups.csv"
    other.write_bytes(files[1].read_bytes())
    with pytest.raises(ValueError, match="which this run reads and would write over"):
        run(files, out, against=other, figures=False)


def test_exact_limits_hold_the_estimate_wider(files, tmp_path):
    one = run(files, tmp_path / "a", figures=False, interval="exact", bootstrap=0)
    other = run(files, tmp_path / "b", figures=False, bootstrap=0)

    def width(document):
        found = document["groups"]["all patients"]["targets"]["osteoporosis"]["sensitivity"]
        return found["upper"] - found["lower"]

    assert width(one) > width(other)
    assert "Clopper-Pearson" in one["facts"]["statistics"]


def test_a_split_that_is_named_twice_stands_once(files, tmp_path):
    found = run(files, tmp_path / "out", figures=False, splits=("temporal_test",) * 2)
    with (tmp_path / "out" / "accuracy.csv").open(newline="") as file:
        rows = [(r["group"], r["target"], r["quantity"]) for r in csv.DictReader(file)]
    assert len(rows) == len(set(rows))
    assert found["accounting"]["patients"] == 30


def with_validation(files):
    cohort, results = files
    cohort.write_text(cohort.read_text().replace(",train,", ",validation,"))
    return cohort, results


def test_a_threshold_without_test_patients_is_refused(files, tmp_path):
    files = with_validation(files)
    with pytest.raises(ValueError, match="wanted_sensitivity needs test patients"):
        run(files, tmp_path / "out", figures=False, splits=("validation",), wanted_sensitivity=0.9)


def test_a_threshold_on_part_of_a_group_says_so(files, tmp_path):
    splits, files = ("validation", "temporal_test"), with_validation(files)
    found = run(files, tmp_path / "out", figures=False, splits=splits, wanted_sensitivity=0.9)
    groups = [report["group"] for report in found["thresholds"]]
    assert groups == ["all patients of the test splits", "temporal_test"]


def test_a_cohort_without_categories_is_told_from_one_without_results(files, tmp_path):
    cohort, results = files
    lines = list(csv.DictReader(cohort.read_text().splitlines()))
    rows = [row | {"category": "", "bmd_mg_cm3": ""} for row in lines]
    write_rows(cohort, tuple(lines[0]), rows)
    with pytest.raises(NothingUsable, match="studies, 0 of them with a category"):
        run((cohort, results), tmp_path / "out")


def test_tables_of_the_same_patients_share_a_study_id(files, tmp_path):
    for name in ("one", "two"):
        run(files, tmp_path / name, figures=False, page=False, study=name, study_id=" cohort 7 ")
    tables = [
        table
        for name in ("one", "two")
        for table in read_tables(tmp_path / name / "confusion_matrices.csv")
        if table.target == "osteoporosis"
    ]
    assert {t.covariates["study_id"] for t in tables} == {f"cohort 7, {t.cohort}" for t in tables}
    assert clusters(tables).tolist() == [*range(6), *range(6)]
