from __future__ import annotations

from dataclasses import replace

from ctbone.interchange import (
    AccuracyTable,
    read_tables,
    repeated_tables,
    write_tables,
)
from ctbone.interchange.tables import TABLE_COLUMNS
from ctbone.records import ContingencyTable


def counts(tp, fp, fn, tn):
    return ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )


TABLE = AccuracyTable(
    study="Ward, 2020",
    cohort="a",
    model="densenet121",
    target="osteoporosis",
    table=counts(1, 2, 3, 4),
    n_nonevaluable=5,
    covariates={"validation": "external", "scanner": "A; B"},
)


def test_columns_are_those_that_are_promised():
    assert " ".join(TABLE_COLUMNS) == (
        "study cohort model target tp fp fn tn n n_nonevaluable unit validation backbone"
        " dimensionality plane input window reference_standard"
    )


def test_tables_survive_the_file(tmp_path):
    (found,) = read_tables(write_tables(tmp_path / "confusion_matrices.csv", [TABLE]))
    assert found.table == TABLE.table
    assert (found.study, found.cohort, found.target) == ("Ward, 2020", "a", "osteoporosis")
    assert found.n_nonevaluable == 5
    assert found.covariates["scanner"] == "A; B"
    assert found.covariates["backbone"] == ""


def test_a_table_that_stands_twice_is_said():
    other = replace(TABLE, model="resnet")
    assert repeated_tables([TABLE, other, replace(TABLE, covariates={})]) == ()
    (said,) = repeated_tables([TABLE, other, TABLE])
    assert said == (
        "'Ward, 2020': 2 tables of 'osteoporosis' agree in every cell and count as so many; "
        "is one of them a copy?"
    )
    assert repeated_tables([replace(TABLE, target="")] * 3)[0].startswith(
        "'Ward, 2020': 3 tables "
    )
