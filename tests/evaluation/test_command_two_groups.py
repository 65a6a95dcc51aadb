"""The whole command on tests of two groups and on T-scores, and the pooling of what comes out."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import read_tables, result_cells
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.pooling import PoolConfig, pool
from ctbone.rules import shipped_rule

from ..blank import blank_figures  # noqa: TID252 - of all tests
from .conftest import make_result
from .page.test_assembly import read
from .two_groups import answered, by_dxa

SITES = ("A", "B", "C", "D", "E")


def patients(n=200, seed=5):
    """Yield number, T-score of the DXA, that of the CT, and what else is known of a patient."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        truth = round(float(rng.normal(-1.4, 1.3)), 1)
        about = {"site": SITES[i % 5], "split": ("external_test", "validation")[i % 10 == 0]}
        yield i, truth, round(truth + float(rng.normal(0, 0.7)), 4), about


def write(folder, kind):
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(patients())
    write_cohort(folder / "cohort.csv", [by_dxa(i, t, **about) for i, t, _, about in rows])
    results = [row_of(kind, i, found if i % 17 else None) for i, _, found, _ in rows]
    write_rows(folder / "results.csv", RESULT_COLUMNS, map(result_cells, results))
    return folder / "cohort.csv", folder / "results.csv"


def row_of(kind, number, found):
    if found is None:
        return make_result(number, None)
    if kind == "t_score":
        category = shipped_rule("dxa_t_score").category(found)
        base = replace(make_result(number, 100.0), bmd_mg_cm3=None, quantity="t_score")
        return replace(
            base,
            category=category,
            t_score=found,
            t_score_lower=round(found - 1, 4),
            t_score_upper=round(found + 1, 4),
        )
    line = -2.5 if kind == "osteoporosis" else -1.0
    probability = round(float(1 / (1 + np.exp((found - line) * 2.0))), 4)
    return answered(number, probability, kind)


def run(files, out, **changes):
    cohort, results = files
    options = {"study": "Two ways", "bootstrap": 40, "prevalence": (0.2,)} | changes
    evaluate(EvaluateConfig(results=results, cohort=cohort, out=out, **options))
    return json.loads((out / "evaluation.json").read_text())


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    folder = tmp_path_factory.mktemp("low")
    files = write(folder, "low_bone_mass")
    other = write(folder / "other", "t_score")[1]
    with blank_figures():
        run(files, folder / "out", wanted_sensitivity=0.9, against=other)
    return folder / "out"


def test_one_table_a_cohort_names_low_bone_mass(low):
    tables = read_tables(low / "confusion_matrices.csv")
    assert [table.target for table in tables] == ["low_bone_mass"] * 5
    assert {table.covariates["reference_standard"] for table in tables} == {"DXA"}
    # Counted again from the patients themselves.
    wanted = dict.fromkeys(("true_positives", "false_positives", "false_negatives"), 0)
    for i, truth, found, about in patients():
        if i % 17 and about["split"] == "external_test":
            wanted["true_positives"] += truth < -1.0 and found <= -1.0
            wanted["false_positives"] += truth >= -1.0 and found <= -1.0
            wanted["false_negatives"] += truth < -1.0 and found > -1.0
    assert {n: sum(getattr(t.table, n) for t in tables) for n in wanted} == wanted
    lost = sum(i % 17 == 0 for i, *_, about in patients() if about["split"] == "external_test")
    assert sum(table.n_nonevaluable for table in tables) == lost


def test_no_file_invents_three_categories(low):
    assert not (low / "confusion_matrix_3x3.csv").exists()
    found = json.loads((low / "evaluation.json").read_text())
    group = found["groups"]["all patients"]
    assert group["matrix"]["index_order"] == ["normal", "low_bone_mass"]
    assert [len(row) for row in group["matrix"]["counts"]] == [2, 2, 2]
    assert list(group["targets"]) == ["low_bone_mass"]
    assert (group["weighted_kappa"], group["brier"]) == (None, None)
    assert sum("no 3x3 table" in warning["sentence"] for warning in found["warnings"]) == 1
    notes = {row["quantity"]: row["note"] for row in rows_of(low / "agreement.csv")}
    assert "two groups apart" in notes["kappa"]
    assert "all three probabilities" in notes["brier_three_categories"]
    for name in ("accuracy", "calibration", "cutoffs", "subgroups", "intention_to_diagnose"):
        assert {row["target"] for row in rows_of(low / f"{name}.csv")} == {"low_bone_mass"}


def test_score_threshold_and_comparison_are_of_the_one_question(low):
    found = json.loads((low / "evaluation.json").read_text())
    told = found["groups"]["all patients"]["targets"]["low_bone_mass"]
    assert told["score"] == "minus p_normal"
    assert told["auc"]["estimate"] > 0.85
    assert {report["target"] for report in found["thresholds"]} == {"low_bone_mass"}
    assert found["thresholds"][0]["quantity"] == "p_normal"
    compared = found["comparison"]["targets"]
    assert list(compared) == ["low_bone_mass"]
    # Both say the same of the same patients, and rank them alike.
    assert compared["low_bone_mass"]["sensitivity"]["difference"]["estimate"] == 0.0


def test_the_page_says_what_is_left_out(low):
    text, asked = read(low / "evaluation.html")
    assert asked == []
    assert text.count("no kappa and no Brier score of three categories") >= 2
    assert "Agreement of the three categories" not in text
    assert "For low bone mass, sensitivity was" in text
    names = {path.stem for path in (low / "figures").glob("*_all_patients.svg")}
    assert names == {
        f"{name}_all_patients"
        for name in ("confusion_matrix", "roc", "calibration", "decision_curve", "cutoffs")
    }


def test_tables_of_both_questions_are_pooled_apart(low, tmp_path):
    run(write(tmp_path, "osteoporosis"), tmp_path / "out", figures=False, page=False)
    tables = (low / "confusion_matrices.csv", tmp_path / "out" / "confusion_matrices.csv")
    pool(PoolConfig(tables=tables, out=tmp_path / "pooled", figures=False))
    document = json.loads((tmp_path / "pooled" / "pooling.json").read_text())
    assert list(document) == ["osteoporosis", "low_bone_mass"]
    counted = {row["target"]: row["k"] for row in rows_of(tmp_path / "pooled" / "summary.csv")}
    assert counted == {"osteoporosis": "5", "low_bone_mass": "5"}


def test_a_mixture_of_tests_is_refused_by_its_file(tmp_path):
    cohort, results = write(tmp_path, "low_bone_mass")
    results.write_text(results.read_text().replace(",normal,", ",osteoporosis,", 1))
    with pytest.raises(ValueError, match=r"^results\.csv: expected the categories of one test"):
        run((cohort, results), tmp_path / "out", figures=False)
    assert not (tmp_path / "out").exists()


def test_two_tests_of_different_questions_are_not_compared(tmp_path):
    files = write(tmp_path, "low_bone_mass")
    other = write(tmp_path / "other", "osteoporosis")[1]
    with pytest.raises(ValueError, match="expected two tests of one question to compare"):
        run(files, tmp_path / "out", against=other, figures=False)


def test_a_cohort_without_any_result_has_the_target_of_the_others(tmp_path):
    cohort, results = write(tmp_path, "low_bone_mass")
    # Nobody of the split has a result; those of the other say what the test is.
    rows = [
        row_of("low_bone_mass", i, found if about["split"] == "validation" else None)
        for i, _, found, about in patients()
    ]
    write_rows(results, RESULT_COLUMNS, map(result_cells, rows))
    found = run((cohort, results), tmp_path / "out", figures=False)
    assert list(found["groups"]["all patients"]["targets"]) == ["low_bone_mass"]


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    with blank_figures():
        run(write(folder, "t_score"), folder / "out", low_bone_mass=True)
    return folder / "out"


def test_t_scores_are_compared_in_their_unit(scored):
    pairs = [
        (found, truth)
        for i, truth, found, about in patients()
        if i % 17 and about["split"] == "external_test"
    ]
    differences = np.asarray([index - reference for index, reference in pairs])
    rows = {
        row["quantity"]: row
        for row in rows_of(scored / "agreement.csv")
        if row["group"] == "all patients"
    }
    bias, mae = rows["t_score_bias"], rows["t_score_mae"]
    assert float(bias["estimate"]) == pytest.approx(differences.mean())
    assert float(mae["estimate"]) == pytest.approx(np.abs(differences).mean())
    assert (bias["unit"], bias["n"], rows["t_score_icc"]["unit"]) == ("SD", str(len(pairs)), "1")
    upper = differences.mean() + 1.959963984540054 * differences.std(ddof=1)
    assert float(rows["t_score_upper_limit"]["estimate"]) == pytest.approx(upper)
    assert "bias" not in rows
    text, _ = read(scored / "evaluation.html")
    assert "T-score, index test minus reference" in text
    assert "Mean absolute difference, SD" in text
    assert "with both T-scores the index test differed" in text
    for name in ("t_score_bland_altman", "t_score_scatter"):
        assert (scored / "figures" / f"{name}_all_patients.svg").is_file()


def test_a_t_score_gives_three_categories_and_is_asked_for_low_bone_mass(scored, low):
    tables = read_tables(scored / "confusion_matrices.csv")
    assert len(tables) == 5 * 4
    ours = [table.table for table in tables if table.target == "low_bone_mass"]
    # The test of two groups cut the same T-score at the same place.
    assert ours == [table.table for table in read_tables(low / "confusion_matrices.csv")]
    assert (scored / "confusion_matrix_3x3.csv").is_file()
    found = json.loads((scored / "evaluation.json").read_text())
    told = found["groups"]["all patients"]["targets"]["osteoporosis"]
    assert (told["score"], told["cutoffs"]["rule"]) == ("minus t_score", "dxa_t_score")


def test_low_bone_mass_is_not_asked_of_a_test_that_cannot_tell(tmp_path):
    files = write(tmp_path, "osteoporosis")
    with pytest.raises(ValueError, match="cannot be asked for low_bone_mass"):
        run(files, tmp_path / "out", low_bone_mass=True, figures=False)
