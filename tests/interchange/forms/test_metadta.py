from __future__ import annotations

import csv

from ctbone.interchange.forms import metadta

from .conftest import to_table

COUNTS = (1, 2, 3, 4)


def rows(tmp_path, tables):
    written = metadta.write(tmp_path, "metadta", tables)
    with written.paths[0].open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), written.notes


def test_the_columns_have_the_order_of_the_program(tmp_path):
    (header, row), notes = rows(tmp_path, [to_table("Abel 1999", COUNTS)])
    assert (header, row) == (
        ["author", "year", "TP", "FN", "FP", "TN"],
        ["Abel 1999", "1999", "1", "3", "2", "4"],
    )
    assert notes == ()


def test_rows_are_sorted_and_authors_stand_once(tmp_path):
    tables = [to_table(study, COUNTS) for study in ("Zhao", "Abel", "Abel")]
    (header, *found), _ = rows(tmp_path, tables)
    assert header[-1] == "study"
    assert [(row[0], row[-1]) for row in found] == [
        ("Abel", "Abel"),
        ("Abel (2)", "Abel"),
        ("Zhao", "Zhao"),
    ]


def test_a_stated_year_is_the_year(tmp_path):
    tables = [to_table("Abel 1999", COUNTS, covariates={"year": "2001"})]
    (header, row), _ = rows(tmp_path, tables)
    assert header.count("year") == 1
    assert row[1] == "2001"


def test_quality_has_its_seven_columns_in_place(tmp_path):
    own = {"plane": "axial", "ac_rs": "3", "rob_ps": "1"}
    (header, row), notes = rows(tmp_path, [to_table("A", COUNTS, covariates=own)])
    assert header[6:] == [
        *("rob_PS", "rob_IT", "rob_RS", "rob_FT", "ac_PS", "ac_IT", "ac_RS"),
        "plane",
    ]
    assert row[6:] == ["1", "", "", "", "", "", "3", "axial"]
    assert notes == (
        "MetaDTA codes QUADAS-2 as 1 (low), 2 (high) and 3 (unclear); found also ''.",
    )
