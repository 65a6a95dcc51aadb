from __future__ import annotations

import csv
import json
import math

import pytest

from ctbone.errors import NothingUsable
from ctbone.interchange import AccuracyTable, write_tables
from ctbone.pooling import PoolConfig, pool
from ctbone.pooling.analysis import analyse
from ctbone.pooling.document import to_document
from ctbone.pooling.figures import FIGURES

from ..blank import blank_figures  # noqa: TID252 - of all tests
from .conftest import to_tables


@pytest.fixture
def path(tmp_path, tables):
    rows = [
        AccuracyTable(
            study=f"Study {i}",
            target=target,
            table=table,
            covariates={"validation": "external" if i % 2 else "internal"},
        )
        for target, name in (("normal", "scheidler_lag"), ("osteoporosis", "auditc"))
        for i, table in enumerate(tables[name])
    ]
    rows.append(
        AccuracyTable(study="Lone", target="osteopenia", table=to_tables([(0, 1, 0, 4)])[0])
    )
    return write_tables(tmp_path / "confusion_matrices.csv", rows)


def test_every_target_is_pooled_and_what_cannot_be_is_said(path, tmp_path, capsys):
    pool(PoolConfig(tables=(path,), out=tmp_path / "out", figures=False))
    document = json.loads((tmp_path / "out" / "pooling.json").read_text())
    assert list(document) == ["osteoporosis", "normal"]
    found = document["osteoporosis"]
    assert found["k"] == 14
    assert found["logit_sensitivity"] == pytest.approx(2.5113228, rel=1e-4)
    assert found["var_logit_specificity"] == pytest.approx(0.3815985, rel=1e-4)
    assert found["sensitivity"]["lower"] == pytest.approx(0.83266, rel=1e-3)
    assert found["subgroups"]["validation"]["df"] == 2
    assert len(found["influence"]) == len(found["studies"]) == 14
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert any(text.startswith("osteopenia: pooling needs patients") for text in run["warnings"])
    assert "osteoporosis" in capsys.readouterr().out
    lines = (tmp_path / "out" / "summary.csv").read_text().splitlines()
    assert lines[0] == "target,k,quantity,estimate,lower,upper,confidence,method"
    assert len(lines) == 1 + 2 * 6


def test_figures_are_png_and_svg(tmp_path, tables):
    rows = [
        AccuracyTable(study=f"A study with a rather long name, number {i}", table=table)
        for i, table in enumerate(tables["telomerase"])
    ]
    path = write_tables(tmp_path / "t.csv", rows)
    pool(PoolConfig(tables=(path,), out=tmp_path / "out"))
    names = {p.name for p in (tmp_path / "out" / "figures").iterdir()}
    drawn = set(FIGURES) - {"subgroups"}
    assert names == {f"{name}.{kind}" for name in drawn for kind in ("png", "svg")}
    svg = (tmp_path / "out" / "figures" / "sroc.svg").read_text()
    assert "prediction region" in svg


def test_one_target_is_the_document_itself(tmp_path):
    rows = [AccuracyTable(study="S", table=table) for table in to_tables([(9, 0, 0, 8)] * 2)]
    path = write_tables(tmp_path / "t.csv", rows)
    pool(PoolConfig(tables=(path,), out=tmp_path / "out", figures=False))
    document = json.loads((tmp_path / "out" / "pooling.json").read_text())
    assert document["sensitivity"]["estimate"] == 1.0
    assert (document["dor"], document["correlation"], document["auc"]) == (None, None, None)
    assert document["notes"]


def test_the_document_has_the_same_keys_whether_or_not_the_model_holds(tables):
    found = []
    for counts in (tables["auditc"], to_tables([(9, 0, 0, 8)] * 2)):
        rows = [AccuracyTable(study=f"S{i}", table=table) for i, table in enumerate(counts)]
        found.append(to_document(analyse(rows)).keys())
    assert found[0] == found[1]


def test_what_the_page_says_is_in_the_document(tables):
    rows = [
        AccuracyTable(study=f"S{i}", table=table, covariates={"v": "ab"[i % 2], "year": f"{i}"})
        for i, table in enumerate(tables["auditc"])
    ]
    found = to_document(analyse(rows))
    assert found["with_condition"] == sum(row["tp"] + row["fn"] for row in found["studies"])
    assert found["without_condition"] == sum(row["fp"] + row["tn"] for row in found["studies"])
    # Student's quantile with 12 degrees of freedom is 2.178813.
    spread = found["se_logit_sensitivity"] ** 2 + found["var_logit_sensitivity"]
    lower = found["logit_sensitivity"] - 2.178813 * spread**0.5
    logit = math.log(1 / (1 / found["prediction"]["sensitivity"]["lower"] - 1))
    assert logit == pytest.approx(lower, rel=1e-6)
    assert found["quadrant"].startswith(("confirmation", "exclusion", "neither"))
    smaller = min(found["subgroups"]["v"]["p"], found["slopes"]["year"]["p"])
    assert min(found["p_adjusted"].values()) == pytest.approx(2 * smaller)


def test_nothing_to_pool_is_one_sentence(tmp_path):
    rows = [AccuracyTable(study="S", table=table) for table in to_tables([(0, 1, 0, 4)])]
    path = write_tables(tmp_path / "t.csv", rows)
    with pytest.raises(NothingUsable, match=r"^pooling needs patients with the condition"):
        pool(PoolConfig(tables=(path,), out=tmp_path / "out"))


@pytest.mark.parametrize("name", ["confidence", "prior"])
def test_shares_lie_between_0_and_1(tmp_path, name):
    with pytest.raises(ValueError, match=f"{name} must lie between 0 and 1, got 95"):
        PoolConfig(tables=(), out=tmp_path, **{name: 95})


def pool_texts(tmp_path, *texts, **options):
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    pool(PoolConfig(tables=tuple(paths), out=tmp_path / "out", **options))
    return json.loads((tmp_path / "out" / "run.json").read_text())["warnings"]


NAMED = "study,tp,fp,fn,tn,target\nA,9,1,1,9,{}\nB,8,1,2,9,{}\n"


def test_targets_that_differ_in_letter_case_are_one(tmp_path):
    pool_texts(tmp_path, NAMED.format("Normal", "NORMAL"), figures=False)
    document = json.loads((tmp_path / "out" / "pooling.json").read_text())
    assert (document["target"], document["k"]) == ("normal", 2)


def test_tables_without_a_target_beside_others_are_said(tmp_path, capsys):
    unnamed = "study,tp,fp,fn,tn\nC,9,1,1,9\n"
    warnings = pool_texts(tmp_path, NAMED.format("normal", "normal"), unnamed, figures=False)
    note = "1.csv: 1 table without a target, pooled apart from those with one."
    assert note in warnings
    shown = capsys.readouterr().out
    assert note in shown
    assert "no target" in shown
    assert "1 table " in shown
    assert not [n for n in pool_texts(tmp_path, unnamed, figures=False) if "apart" in n]


def test_figures_of_targets_never_share_a_file(tmp_path):
    with blank_figures():
        pool_texts(tmp_path, NAMED.format("骨质", "骨量"), NAMED.format("a b", "a-b"))
    names = {path.name for path in (tmp_path / "out" / "figures").glob("forest*.svg")}
    assert names == {f"forest_{part}.svg" for part in ("骨质", "骨量", "a_b", "a_b_2")}


def test_a_second_pooling_leaves_no_figure_of_the_first(tmp_path):
    with blank_figures():
        pool_texts(tmp_path, NAMED.format("normal", "normal"))
    mine = tmp_path / "out" / "figures" / "mine.png"
    mine.touch()
    pool_texts(tmp_path, NAMED.format("normal", "normal"), figures=False)
    assert list(mine.parent.iterdir()) == [mine]


def test_a_folder_of_another_command_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text('{"command": "evaluate"}')
    with pytest.raises(ValueError, match="holds a run of ctbone evaluate"):
        pool_texts(tmp_path, NAMED.format("normal", "normal"))


def test_the_confidence_stands_beside_every_interval(tmp_path):
    pool_texts(tmp_path, NAMED.format("normal", "normal"), figures=False, confidence=0.9)
    _, *lines = (tmp_path / "out" / "summary.csv").read_text().splitlines()
    assert {line.split(",")[6] for line in lines} == {"0.9"}


@pytest.fixture
def pet(pins, tmp_path):
    """The 39 tables of MIDAS' own example with some of their covariates."""
    pin = pins["pet_axillary39"]
    names = ("prodesign", "age", "qscore")
    rows = [
        AccuracyTable(
            study=f"Study {i}",
            table=table,
            covariates={name: pin["covariates"][name][i] for name in names},
        )
        for i, table in enumerate(to_tables(pin["tables"]))
    ]
    return write_tables(tmp_path / "pet.csv", rows)


def pool_pet(pet, tmp_path, **options):
    pool(PoolConfig(tables=(pet,), out=tmp_path / "out", figures=False, **options))
    document = json.loads((tmp_path / "out" / "pooling.json").read_text())
    return document, read_csv(tmp_path / "out" / "subgroups.csv")


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_rows_of_a_table_of_subgroups(pet, tmp_path):
    document, rows = pool_pet(pet, tmp_path)
    assert [(row["covariate"], row["subgroup"], row["tables"]) for row in rows] == [
        ("prodesign", "0", "12"),
        ("prodesign", "1", "27"),
    ]
    # Independent 21x21 quadrature fit.
    assert float(rows[0]["sensitivity"]) == pytest.approx(0.707515, abs=1e-5)
    assert float(rows[1]["specificity_lower"]) == pytest.approx(0.902898, abs=1e-4)
    assert float(rows[0]["p_specificity"]) == pytest.approx(0.105315, abs=1e-4)
    assert float(rows[0]["chi2"]) == pytest.approx(2.740126, abs=1e-3)
    slopes = read_csv(tmp_path / "out" / "slopes.csv")
    found = [(row["covariate"], row["tables"]) for row in slopes]
    assert found == [("age", "38"), ("qscore", "39")]
    assert float(slopes[0]["slope_sensitivity"]) == pytest.approx(0.037806, abs=1e-5)
    assert document["slopes"]["age"]["k"] == 38
    assert "midas" not in document


def test_midas_stands_beside_the_correct_numbers(pet, tmp_path):
    document, _ = pool_pet(pet, tmp_path, compat="midas", covariates=("Age",))
    found = document["midas"]
    assert found["regression"]["age"]["chi2"] == pytest.approx(7.175, abs=1e-3)
    assert document["slopes"]["age"]["chi2"] == pytest.approx(1.659, abs=1e-3)
    assert found["accuracy"]["auc"]["lower"] > document["auc"]["lower"]
    assert found["faults"]["auc"]
    assert document["subgroups"] == {}


def test_covariates_can_be_chosen(pet, tmp_path):
    document, rows = pool_pet(pet, tmp_path, covariates=(), numeric=("prodesign",))
    assert rows == []
    assert list(document["slopes"]) == ["prodesign"]
    separate, _ = pool_pet(pet, tmp_path, covariates=("prodesign",), covariances="separate")
    assert separate["subgroups"]["prodesign"]["covariances"] == "separate"
    with pytest.raises(ValueError, match="got 'yaer'"):
        pool_pet(pet, tmp_path, covariates=("yaer",))


def test_every_key_that_others_read(pet, tmp_path):
    document, _ = pool_pet(pet, tmp_path, model="normal_reml", covariates=())
    intervals = ("sensitivity", "specificity", "lr_positive", "lr_negative", "dor", "auc")
    assert all(set(document[name]) == {"estimate", "lower", "upper"} for name in intervals)
    numbers = (
        "k", "logit_sensitivity", "logit_specificity", "var_logit_sensitivity",
        "var_logit_specificity", "correlation", "log_likelihood",
    )  # fmt: skip
    assert all(isinstance(document[name], int | float) for name in numbers)
    assert {"heterogeneity", "deeks", "fagan", "influence", "subgroups"} <= set(document)
    assert document["model"] == "normal_reml"
    assert len(document["residuals"]) == len(document["studies"]) == 39


def test_dependence_is_written(tmp_path, tables):
    rows = [
        AccuracyTable(study=f"S{i // 2}", table=table) for i, table in enumerate(tables["auditc"])
    ]
    path = write_tables(tmp_path / "t.csv", rows)
    pool(PoolConfig(tables=(path,), out=tmp_path / "out", figures=False))
    found = json.loads((tmp_path / "out" / "pooling.json").read_text())["dependence"]
    assert (found["studies"], found["one_each"]["k"], len(found["kept"])) == (7, 7, 7)
    assert found["robust"]["sensitivity"]["lower"] < found["robust"]["sensitivity"]["estimate"]
    assert len(found["three_level"]["between_studies"]) == 3
    assert "internal" in found["rule"]


def test_revman_is_told_the_parameters_of_each_target(tmp_path):
    path = tmp_path / "tables.csv"
    rows = ["study,tp,fp,fn,tn,target"]
    for target in ("osteoporosis", "normal"):
        rows += [f"S{i},{20 + i},{3 + i % 3},{4 + i % 4},{50 - i},{target}" for i in range(6)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    pool(PoolConfig(tables=(path,), out=tmp_path / "out", figures=False))
    document = json.loads((tmp_path / "out" / "pooling.json").read_text(encoding="utf-8"))
    for target in ("osteoporosis", "normal"):
        told = (tmp_path / "out" / f"revman_parameters_{target}.csv").read_text(encoding="utf-8")
        stated = dict(line.split(",") for line in told.splitlines()[1:])
        known = document[target]
        assert float(stated["E(logitse)"]) == known["logit_sensitivity"]
        assert float(stated["Var(logitsp)"]) == known["var_logit_specificity"]
        assert float(stated["SE(E(logitsp))"]) == known["se_logit_specificity"]
        assert stated["Studies"] == "6"
