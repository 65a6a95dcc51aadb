"""Whatever form tables are exported to, what is read back gives the same analysis."""

from __future__ import annotations

import pytest

from ctbone.interchange import AccuracyTable, read_tables
from ctbone.interchange.forms import WRITERS
from ctbone.pooling.analysis import analyse

from .conftest import load_pins, to_tables

#: A name and a number for the study of each of eight tables, and what else is stated of them.
_STUDIES = (("A", "1"), ("B", "1"), ("C", "2"), ("D", "2"), ("E", "3"), ("E", "4"), ("F", "5"))
_COVARIATES = ({"plane": "axial"}, {"plane": "sagittal"})


@pytest.fixture(scope="module")
def tables():
    counts = to_tables(load_pins()["auditc"]["tables"])[: len(_STUDIES) + 1]
    named = [
        AccuracyTable(
            study=study,
            table=counts[i],
            target="osteoporosis",
            cohort="external_test, main",
            model=f"net {i % 2}",
            covariates={"study_id": number, **_COVARIATES[i % 2]},
        )
        for i, (study, number) in enumerate(_STUDIES)
    ]
    return [*named, AccuracyTable(study="G", table=counts[-1], target="osteoporosis")]


@pytest.fixture(scope="module")
def known(tables):
    return told(analyse(tables))


def told(analysis):
    """Return what an analysis says: estimates, which tables belong together, and groups."""
    together, pooled = analysis.dependence, analysis.summary
    return {
        "pooled": [pooled.sensitivity, pooled.specificity, pooled.lr_positive],
        "studies": (together.studies, together.repeated),
        "kept": [analysis.tables[i].table for i in together.kept],
        "robust": (together.robust.sensitivity, together.robust.specificity),
        "subgroups": {
            name: [(group.label, group.k) for group in found.groups]
            for name, found in analysis.subgroups.items()
        },
        "notes": analysis.notes,
    }


def test_tables_of_one_study_are_known_by_its_number(known):
    assert known["studies"] == (5, ("A", "C", "E"))


@pytest.mark.parametrize("form", WRITERS)
def test_what_is_exported_pools_as_before(form, tables, known, tmp_path):
    data = WRITERS[form](tmp_path, form, tables).paths[0]
    assert told(analyse(read_tables(data))) == known
