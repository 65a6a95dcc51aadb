import json

import pytest

from ctbone.deidentification import Content, Fate, Handling, Seen, write_privacy
from ctbone.ingest.attributes import pseudonym
from ctbone.records import Flag
from ctbone.screening import ScreenConfig
from ctbone.screening.disclosing import handling_of
from tests.screening.fakes import series, study

HANDLING = Handling(
    command="screen",
    written={"study_uid": Fate.KEPT},
    files={
        "catalogue.sqlite3": (Content.PATHS,),
        "dicom/*.dcm": (Content.PATIENT, Content.UIDS),
        "results.csv": (Content.UIDS, Content.PSEUDONYM),
        "privacy.json": (),
    },
)


@pytest.fixture
def out(tmp_path):
    (tmp_path / "dicom" / "1.2").mkdir(parents=True)
    for name in (
        "catalogue.sqlite3",
        "catalogue.sqlite3-journal",
        "results.csv",
        "dicom/1.2/a.dcm",
    ):
        (tmp_path / name).touch()
    return tmp_path


def report(out, handling=HANDLING, **given):
    given = {"seen": Seen()} | given
    return json.loads(write_privacy(out, handling, **given).read_text())


def test_each_kind_of_file_is_counted_with_whom_it_names(out):
    (out / "dicom" / "1.2" / "b.dcm").touch()
    first, second = (report(out)["files"] for _ in range(2))
    assert first == second
    assert [(row["files"], row["count"], row["names_patients"]) for row in first] == [
        ("catalogue.sqlite3", 1, True),
        ("dicom/*.dcm", 2, True),
        ("results.csv", 1, False),
        ("privacy.json", 1, False),
    ]
    assert first[2]["holds"] == ["pseudonym_of_the_patient", "uids"]


def test_of_what_others_put_there_nothing_is_claimed(out):
    (out / "notes.txt").touch()
    *_, others = report(out)["files"]
    assert others == {"files": "others", "count": 1, "holds": None, "names_patients": None}


def test_the_key_is_told_of_and_never_read(out, tmp_path):
    own = report(out)
    assert own["key"] == {"kind": "random, of this folder alone", "kept_in": "catalogue.sqlite3"}
    assert "key_of_the_pseudonyms" in own["files"][0]["holds"]
    given = report(out, site_key=tmp_path / "there is none")
    assert given["key"] == {"kind": "given by the site", "kept_in": None}
    assert given["files"][0]["holds"] == ["paths_of_the_export"]


def test_digests_are_as_long_as_is_said(out):
    told = report(out)["pseudonym_of_the_patient"]
    assert told["hexadecimal_digits"] == len(pseudonym("P1", key=b"key"))
    assert told["made_by"] == "HMAC-SHA256"


def test_what_passes_is_counted(out):
    seen = Seen(cut=lambda one: ["kernel"] if one.series_uid == "1.1" else [])
    first = study("1", series=(series("1.1", flags=(Flag.UID_MISSING,)), series("1.2")))
    assert list(seen.watch([first, study("2")])) == [first, study("2")]
    assert report(out, seen=seen)["counts"] == {
        "patients": 2,
        "scanners": 0,
        "series": 3,
        "series_of_which_kernel_was_cut": 1,
        "series_without_sound_uids": 1,
        "studies": 2,
        "studies_of_one_uid_and_several_patients": 0,
    }


@pytest.mark.parametrize(
    ("options", "names", "copied"),
    [
        ({"deliver": ("sr",)}, True, "PatientName"),
        ({"deliver": ("sr",), "deliver_patient": "pseudonym"}, False, "PatientSex"),
        ({"deliver": ("fhir",)}, True, ""),
    ],
)
def test_objects_name_whom_they_were_asked_to_carry(out, options, names, copied):
    config = ScreenConfig(export=out, out=out, **options)
    found = report(out, handling_of(config))
    (objects,) = [row for row in found["files"] if row["files"] == "dicom/*.dcm"]
    assert objects["names_patients"] is names
    assert copied in [*found["copied_into_dicom_objects"], ""]
    assert bool(copied) is bool(found["copied_into_dicom_objects"])


def test_only_a_catalogue_of_paths_holds_header_values(out):
    catalogued = report(out)["header_values"]["written_to_the_catalogue_as_it_stands"]
    assert "StudyDate" in catalogued
    files = {"catalogue.sqlite3": (), "privacy.json": ()}
    without = report(out, Handling(command="cohort", written={}, files=files))
    assert "written_to_the_catalogue_as_it_stands" not in without["header_values"]
