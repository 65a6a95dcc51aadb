import pytest
from pydicom.datadict import keyword_for_tag

from ctbone.deidentification import Fate
from ctbone.deidentification.fates import fates
from ctbone.ingest.header import TAGS
from ctbone.linkage.disclosing import HANDLING
from ctbone.screening import ScreenConfig
from ctbone.screening.disclosing import handling_of


@pytest.fixture
def screening(tmp_path):
    return handling_of(ScreenConfig(export=tmp_path, out=tmp_path / "out"))


def test_every_header_value_that_is_read_has_a_fate(screening):
    for written in ({}, HANDLING.written, screening.written):
        found = fates(written)
        assert {word for words in found.values() for word in words} == {
            keyword_for_tag(tag) for tag in TAGS.values()
        }
        used = {word for fate, words in found.items() if fate != Fate.DROPPED for word in words}
        assert used.isdisjoint(found[Fate.DROPPED])


def test_only_header_values_that_are_read_are_said_to_be_written(screening):
    assert TAGS.keys() >= HANDLING.written.keys() | screening.written.keys()


def test_what_goes_into_digests_is_said_whatever_else_is_written():
    found = fates({"manufacturer": Fate.KNOWN_WORDS})
    assert found[Fate.KNOWN_WORDS] == ["Manufacturer"]
    assert found[Fate.PSEUDONYM] == ["IssuerOfPatientID", "PatientID"]
    assert found[Fate.LINKED] == ["AccessionNumber", "PatientID"]
    assert found[Fate.SCANNER] == [
        "DeviceSerialNumber", "Manufacturer", "ManufacturerModelName", "StationName",
    ]  # fmt: skip
    assert {"PatientBirthDate", "SeriesDescription"} <= set(found[Fate.DROPPED])


def test_what_details_of_rejections_quote_is_not_said_to_be_left_out(screening):
    found = fates(screening.written)
    quoted = {"Modality", "ImageType", "BodyPartExamined", "RescaleType"}
    assert quoted <= set(found[Fate.KNOWN_WORDS])
    assert {"Rows", "Columns", "RescaleSlope"} <= set(found[Fate.KEPT])


def test_what_a_catalogue_holds_is_said_beside_what_other_files_hold(screening):
    found = fates(screening.written, is_catalogued=True)
    assert found[Fate.CATALOGUED] == [
        "Modality", "SOPClassUID", "SeriesInstanceUID", "StudyDate", "StudyInstanceUID",
    ]  # fmt: skip
    assert found[Fate.MONTH] == ["StudyDate"]
    assert Fate.CATALOGUED not in fates(screening.written)
