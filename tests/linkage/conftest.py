"""Rows and studies made from nothing, and a small export with two spreadsheets."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ctbone.linkage import Columns, Sheet
from ctbone.linkage.references import Place, Reference
from ctbone.linkage.spreadsheets import RawRow
from ctbone.linkage.studies import Study
from ctbone.records import BoneCategory, StudyKeys
from tests.ingest.conftest import write_series

KEY = b"a key of the tests"
TODAY = date(2026, 1, 31)
CT_DAY = date(2024, 2, 29)

#: Stands wherever a name, an identifier or free text of a patient could be.
CANARY = "Canary"


def make_study(uid="1.2", patient="p", day=CT_DAY, *, pseudonym=None, accession="", **values):
    """Return a study that can be read."""
    keys = StudyKeys(patient=patient, accession=accession)
    return Study(
        study_uid=uid, patient_id=pseudonym or f"of {patient}", keys=keys, day=day, **values
    )


def make_reference(line=2, patient="p", days=0, **values):
    """Return a DXA so many days after the CT of ``make_study``; ``days=None`` has no date."""
    known = {
        "place": Place(1, line),
        "patient": patient,
        "patient_id": f"of {patient}",
        "day": None if days is None else CT_DAY + timedelta(days),
        "standard": "DXA",
        "bmd_mg_cm3": None,
        "t_score": -2.6,
        "category": BoneCategory.OSTEOPOROSIS,
    }
    return Reference(**(known | values))


def make_sheet(**values):
    """Return how a table of DXA is read, or how it is with changes."""
    columns = values.pop("columns", Columns(patient_id="id", date="date", t_score=("t",)))
    return Sheet(**({"standard": "DXA", "columns": columns} | values))


def make_row(line=2, **cells):
    """Return a row as it stands in a file."""
    return RawRow(1, line, {"id": "P1", "date": "2024-03-01", "t": "-2.6"} | cells)


def write_study(root, name, patient, day, **tags):
    """Write a study of one series that can be read."""
    own = {
        "StudyInstanceUID": f"1.2.3.{name}",
        "SeriesInstanceUID": f"1.2.3.{name}.1",
        "PatientID": patient,
        "StudyDate": day,
        "PatientAge": "071Y",
        "PatientSex": "F",
        "AccessionNumber": f"{CANARY}A{name}",
        "PatientName": f"{CANARY}^Name",
        "PatientBirthDate": "19530101",
        "StudyDescription": CANARY,
        "BodyPartExamined": "ABDOMEN",
    }
    write_series(root / f"{CANARY}{name}", count=14, **(own | tags))


@pytest.fixture(scope="session")
def export(tmp_path_factory):
    """Six studies of five patients, one of which cannot be read."""
    root = tmp_path_factory.mktemp("export")
    write_study(root, "1", f"{CANARY}1", "20240101")
    write_study(root, "2", f"{CANARY}1", "20240301")
    write_study(root, "3", f"{CANARY}2", "20240110")
    write_study(root, "4", f"{CANARY}3", "20240120")
    write_study(root, "5", f"{CANARY}4", "20240120", Modality="MR")
    write_study(root, "6", "0077", "20240120", PatientSex="M")
    return root
