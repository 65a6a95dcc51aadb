from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ctbone.interchange.forms.cells import further, numbered, own_names

from .conftest import to_table

COUNTS = (1, 2, 3, 4)


@given(st.lists(st.sampled_from(["A", "A (2)", "A (3)", "B"])))
def test_each_name_stands_once_and_the_first_keeps_it(names):
    found = numbered(names)
    assert len(set(found)) == len(names)
    assert [found[names.index(name)] for name in names] == names
    assert all(new.startswith(name) for new, name in zip(found, names, strict=True))


def test_what_goes_without_saying_has_no_column():
    tables = [to_table("A", COUNTS, covariates={"plane": ""}), to_table("B", COUNTS)]
    assert further(tables, ("study",), study="study") == {}


def test_what_one_table_states_is_a_column_of_all():
    tables = [
        to_table("A", COUNTS, target="normal", n_nonevaluable=3),
        to_table("B", COUNTS, unit="vertebra", covariates={"Plane": "axial"}),
    ]
    assert further(tables, ("study",), study="study") == {
        "target": ["normal", ""],
        "n_nonevaluable": ["3", ""],
        "unit": ["", "vertebra"],
        "Plane": ["", "axial"],
    }


def test_a_column_that_would_be_read_as_the_study_is_numbered():
    tables = [to_table("A", COUNTS, covariates={"study_id": "7", "id": "8", "TP": "9"})]
    found = further(tables, ("names", "TP"), study="names")
    assert list(found) == ["study_id_2", "id", "TP_2"]


def test_only_a_column_that_lost_its_name_gets_it_back():
    assert own_names(["names", "study_id_2", "studyid_2"]) == {
        "study_id_2": "study_id",
        "studyid_2": "studyid",
    }
    assert own_names(["study_id", "study_id_2", "names_2"]) == {}
