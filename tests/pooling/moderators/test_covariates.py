from __future__ import annotations

import pytest

from ctbone.interchange import AccuracyTable
from ctbone.pooling.moderators.covariates import (
    choose,
    columns,
    obstacle,
    remarks,
    require_columns,
)
from ctbone.pooling.moderators.subgroups import Choice, examine_covariates, subgroup_rows
from tests.pooling.conftest import to_tables


def rows_with(name, cells, tables):
    return [
        AccuracyTable(study=str(i), table=t, covariates={name: cell})
        for i, (t, cell) in enumerate(zip(tables, cells, strict=True))
    ]


@pytest.fixture(scope="module")
def twelve():
    return to_tables([(40 + 3 * i, 4 + i % 5, 6 + i % 4, 60 - 2 * i) for i in range(12)])


@pytest.mark.parametrize(
    ("cells", "kind", "labels"),
    [
        (["2001", "2002", "2003", "2004", "2005", "2006"] * 2, "number", 12),
        (["1", "0"] * 6, "groups", 12),
        (["1", "2", "3", "4", "5", ""] * 2, "groups", 10),
        (["1.5", "2e3", "-3", "4", "5", "6"] * 2, "number", 12),
        (["1", "2", "3", "4", "5", "six"] * 2, "groups", 12),
        (["none", "iv", "", "iv", "None", "iv"] * 2, "groups", 10),
        (["CT", "DXA", "NA", "n/a", ".", " "] * 2, "groups", 4),
        (["1e400", "2", "3", "4", "5", "6"] * 2, "groups", 12),
    ],
)
def test_what_a_column_is(cells, kind, labels, twelve):
    (found,) = choose(rows_with("x", cells, twelve))
    assert (found.kind, len(found.labels), int(found.stated.sum())) == (kind, labels, labels)


def test_a_column_can_be_chosen_and_taken_as_numbers(twelve):
    rows = rows_with("x", ["1", "2", "3"] * 4, twelve)
    (found,) = choose(rows, numeric=("x",))
    assert (found.kind, found.values.sum()) == ("number", 24.0)
    assert choose(rows, names=()) == ()
    with pytest.raises(ValueError, match="expected numbers in the covariate x, found 'CT'"):
        choose(rows_with("x", ["CT"] * 12, twelve), numeric=("x",))
    bare = "the tables have no covariates, and 'y' was asked for"
    with pytest.raises(ValueError, match=bare):
        require_columns([AccuracyTable(study="A", table=twelve[0])], ["y"])
    with pytest.raises(ValueError, match=r"expected covariates among \['x'\], got 'y'"):
        require_columns(rows, ("y",))


def test_the_covariates_of_the_review_come_first(twelve):
    order = {"year": "1", "window": "bone", "validation": "internal", "study_id": "3"}
    rows = [AccuracyTable(study="A", table=twelve[0], covariates=order)]
    assert columns(rows) == ("validation", "window", "year")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["a"] * 12, "x is 'a' wherever it is stated: no comparison."),
        ([f"s{i}" for i in range(12)], "x differs in all tables that state it: it forms no"),
        (["a"] * 9 + ["b"] * 3, "x: fewer than two groups of at least 4 tables, no comparison"),
        (["7.0", "7"] * 6, "x: "),
        ([str(i) for i in range(6)] + [""] * 6, "x: 6 tables state it, a slope asks for 8."),
    ],
)
def test_what_cannot_be_compared_is_said(cells, sentence, twelve):
    rows = rows_with("x", cells, twelve)
    (covariate,) = choose(rows)
    if sentence != "x: ":
        assert obstacle(covariate).startswith(sentence)
    found = examine_covariates(rows, fit_of(twelve), confidence=0.95)
    assert isinstance(found.notes, tuple)


def test_eight_tables_are_enough_for_a_slope(twelve):
    (covariate,) = choose(rows_with("x", [str(i) for i in range(8)] + [""] * 4, twelve))
    assert (covariate.kind, obstacle(covariate)) == ("number", "")


def fit_of(tables):
    from ctbone.pooling.model.bivariate import fit_bivariate
    from ctbone.pooling.model.likelihood import Counts

    return fit_bivariate(Counts.from_tables(tables))


def test_equal_numbers_written_apart_have_no_slope(twelve):
    rows = rows_with("x", ["7.0", "7"] * 6, twelve)
    found = examine_covariates(
        rows, fit_of(twelve), confidence=0.95, choice=Choice(numeric=("x",))
    )
    assert found.notes == ("x is '7.0' wherever it is stated: no slope.",)


def test_spellings_of_one_value_are_one_group(twelve):
    cells = ["Yes", "yes ", "YES", "no", "No", "n  o"] * 2
    assert choose(rows_with("x", cells, twelve))[0].sizes == {"Yes": 6, "no": 4, "n  o": 2}
    numbers = ["1", "1.0", "01", "0", "0.0", "-0"] * 2
    assert choose(rows_with("x", numbers, twelve))[0].sizes == {"0": 6, "1": 6}


def test_many_covariates_with_gaps_are_one_note(twelve):
    rows = [
        AccuracyTable(
            study=str(i), table=t, covariates=dict.fromkeys("xy", "ab"[i % 2] if i else "")
        )
        for i, t in enumerate(twelve)
    ]
    said = remarks(choose(rows), 12)
    assert said[0] == "Compared among the tables that state it: x (11 of 12), y (11 of 12)."


def test_small_groups_are_left_out_and_said(twelve):
    rows = rows_with("x", ["a"] * 5 + ["b"] * 5 + ["c", ""], twelve)
    found = examine_covariates(rows, fit_of(twelve), confidence=0.95)
    comparison = found.comparisons["x"]
    assert (comparison.k, [g.name for g in comparison.groups]) == (10, ["a", "b"])
    assert "Compared among the tables that state it: x (11 of 12)." in found.notes
    assert any("left out of the comparison: x (c 1)" in note for note in found.notes)
    table = list(subgroup_rows(rows, found.comparisons, target="normal"))
    assert [(row["subgroup"], row["tables"]) for row in table] == [("a", 5), ("b", 5), ("c", 1)]
    assert table[0]["p"] == comparison.p
    assert table[0]["sensitivity_lower"] < table[0]["sensitivity"]
    assert "sensitivity" not in table[2]
    assert table[2]["patients"] == sum((twelve[10].diseased, twelve[10].healthy))


def test_columns_that_say_the_same_are_said(twelve):
    rows = [
        AccuracyTable(
            study=str(i),
            table=t,
            covariates={"x": "ab"[i % 2], "y": "cd"[i % 2], "z": "e", "other": "fg"[i > 6]},
        )
        for i, t in enumerate(twelve)
    ]
    said = remarks(choose(rows), 12)
    assert said == ("x, y divide the tables alike: their tests are one and the same.",)


def test_nothing_is_compared_without_a_model(twelve):
    rows = rows_with("x", ["a", "b"] * 6, twelve)
    found = examine_covariates(rows, None, confidence=0.95)
    assert found.notes == (
        "No comparison by covariates: the tables do not carry a bivariate model.",
    )


def test_a_group_without_healthy_patients_does_not_stop_the_others():
    rows = [(20 + i, 5, 4, 40 + 3 * i) for i in range(8)] + [(30, 0, 6, 0)] * 4
    tables = to_tables(rows)
    found = examine_covariates(
        rows_with("x", list("aaaabbbbcccc"), tables), fit_of(tables), confidence=0.95
    )
    assert [g.name for g in found.comparisons["x"].groups] == ["a", "b"]
    said = (
        "x: left out of the comparison for no patients with the condition or none without it: c."
    )
    assert said in found.notes


def test_numbers_are_said_to_be_taken_as_such(twelve):
    rows = rows_with("x", [str(i) for i in range(12)], twelve)
    assert remarks(choose(rows, numeric=("x",)), 12) == ("Taken as numbers, by a slope: x.",)


@pytest.mark.parametrize("covariances", ["shared", "separate"])
def test_groups_share_their_covariance_or_not_as_asked(twelve, covariances):
    rows = rows_with("x", ["a", "b"] * 6, twelve)
    choice = Choice(covariances=covariances)
    found = examine_covariates(rows, fit_of(twelve), confidence=0.95, choice=choice)
    assert found.comparisons["x"].covariances == covariances


def test_a_group_without_errors_is_named_and_no_other():
    errors = [0, 0, 0, 0, 4, 9, 2, 6]
    tables = to_tables([(20 + i, fp, 4 + i % 3, 40 - fp) for i, fp in enumerate(errors)])
    found = examine_covariates(
        rows_with("x", list("aaaabbbb"), tables), fit_of(tables), confidence=0.95
    )
    [said] = [note for note in found.notes if "observed as 0 or 1" in note]
    assert said.startswith("x: specificity in group 'a' observed as 0 or 1 in every study")
