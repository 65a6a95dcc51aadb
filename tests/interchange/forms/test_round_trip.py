"""Tables go into every form and come back: counts, studies, what they say of themselves."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctbone.interchange import read_tables
from ctbone.interchange.counts import MAX_COUNT
from ctbone.interchange.forms import WRITERS
from ctbone.interchange.forms.cells import STUDY_COLUMNS
from ctbone.interchange.tables import COUNTS, TITLES

from .conftest import AUDITC, to_table

#: Cells are stripped when they are read, and no file of text holds a NUL.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).map(str.strip)
#: Stata holds 2045 bytes.
odd = st.sampled_from(
    [
        *("a,b", "a;b", "a\tb", 'the "first"', "two\nlines", "a\rb", "Müller 2020", "骨 1999"),
        *("007", "NA", "nan", "1.50", "-3", "=1+1", "x" * 2045, "'", "{0}", "%d", "T", "a\u2028b"),
    ]
)
names = st.sampled_from(["plane", "year", "rob_PS", "a_b", "a-b", "9x", "sens", "true", "author"])
titles = (texts | odd).filter(lambda name: name.strip() and len(name) < 80)
#: The names of the columns of every form, which a covariate cannot keep.
TAKEN = {*STUDY_COLUMNS, *COUNTS, *TITLES, "n", "sens", "spec", "true", "table", ""}
covariates = st.dictionaries(names | titles, texts | odd, max_size=3).map(
    lambda found: {n.lower(): text for n, text in found.items()}
)


@st.composite
def tables(draw):
    studies = draw(st.lists((texts | odd).filter(bool), min_size=1, max_size=4))
    counts = st.tuples(*[st.integers(0, 99) | st.integers(0, MAX_COUNT // 4)] * 4)
    target = " ".join(draw(texts).lower().split())
    return [
        to_table(
            study,
            draw(counts),
            target=target,
            model=draw(texts),
            unit=draw(st.sampled_from(["patient", "vertebra"])),
            n_nonevaluable=draw(st.integers(0, 9)),
            covariates=draw(covariates),
        )
        for study in studies
    ]


def facts(item):
    own = (item.study, item.table, item.target, item.model, item.unit, item.n_nonevaluable)
    return str(own)


def kept(item):
    """Return the covariates whose names are free in every form."""
    return {(n, text) for n, text in item.covariates.items() if text and n not in TAKEN}


@pytest.mark.parametrize("form", WRITERS)
@settings(deadline=None, max_examples=40)
@given(given=tables())
@example(given=[to_table("Same", counts) for counts in AUDITC])
@example(given=[to_table("A", (1, 2, 3, 4), covariates={"study_id": "B", "names": "C"})])
def test_what_is_written_is_read_back(form, given):
    with tempfile.TemporaryDirectory() as folder:
        data = WRITERS[form](Path(folder), form, given).paths[0]
        found = read_tables(data)
    assert sorted(map(facts, found)) == sorted(map(facts, given))
    for item in given:
        alike = [other for other in found if facts(other) == facts(item)]
        assert any(kept(item) <= kept(other) for other in alike)


@pytest.mark.parametrize("form", [form for form in WRITERS if form != "stata"])
def test_text_of_any_length_is_kept_where_it_is_text(form, tmp_path):
    long = "骨, " * 9000 + "."
    data = WRITERS[form](tmp_path, form, [to_table(long, (1, 2, 3, 4))]).paths[0]
    assert read_tables(data)[0].study == long


@pytest.mark.parametrize("form", WRITERS)
def test_covariates_that_a_form_has_a_column_for_are_numbered(form, tmp_path):
    own = {"study_id": "B", "n": "C", "tp": "D", "sens": "E"}
    data = WRITERS[form](tmp_path, form, [to_table("A", (1, 2, 3, 4), covariates=own)]).paths[0]
    (found,) = read_tables(data)
    assert found.study == "A"
    assert set(found.covariates.values()) - {""} == set(own.values())


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", ["study_id", "studyid"])
def test_the_number_of_the_study_keeps_its_name(form, name, tmp_path):
    own = {name: "7", "table": "x"}
    data = WRITERS[form](tmp_path, form, [to_table("A", (1, 2, 3, 4), covariates=own)]).paths[0]
    (found,) = read_tables(data)
    assert found.covariates[name] == "7"
    assert "x" in found.covariates.values()
