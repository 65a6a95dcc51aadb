import pytest
from pydicom.datadict import keyword_for_tag

from ctbone.deidentification import Fate
from ctbone.deidentification.fates import fates
from ctbone.ingest.tags import FURTHER_TAGS, REFERENCE_TAGS, TAGS
from ctbone.linkage.disclosing import HANDLING
from ctbone.screening import ScreenConfig
from ctbone.screening.disclosing import handling_of


def screening_of(folder, **options):
    return handling_of(ScreenConfig(export=folder, out=folder / "out", **options))


@pytest.fixture
def screening(tmp_path):
    return screening_of(tmp_path)


def test_every_header_value_that_is_read_has_a_fate(screening):
    for written in ({}, HANDLING.written, screening.written):
        found = fates(written)
        assert {word for words in found.values() for word in words} == {
            keyword_for_tag(tag) for tag in (TAGS | FURTHER_TAGS).values()
        }
        used = {word for fate, words in found.items() if fate != Fate.DROPPED for word in words}
        assert used.isdisjoint(found[Fate.DROPPED])


def test_only_header_values_that_are_read_are_said_to_be_written(screening):
    known = TAGS.keys() | FURTHER_TAGS.keys()
    assert known >= HANDLING.written.keys() | screening.written.keys()
    assert not known & REFERENCE_TAGS.keys()


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


@pytest.mark.parametrize(("wanted", "frame"), [("seg", Fate.KEPT), ("sr", Fate.DROPPED)])
def test_what_references_repeat_is_read_for_dicom_objects_alone(tmp_path, wanted, frame):
    keywords = {"SpecificCharacterSet", "FrameOfReferenceUID"}
    for deliver in ((), ("fhir",)):
        found = fates(screening_of(tmp_path, deliver=deliver).written)
        assert keywords.isdisjoint(word for words in found.values() for word in words)
    found = fates(screening_of(tmp_path, deliver=(wanted,)).written)
    assert "SpecificCharacterSet" in found[Fate.KEPT]
    assert "FrameOfReferenceUID" in found[frame]
