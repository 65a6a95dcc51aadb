"""The whole way, with a real archive (Orthanc) and a real sender (dcmtk)."""

import csv
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import JPEGLSLossless

from ctbone.ingest import index_export
from ctbone.pacs import FetchConfig, SendConfig, fetch, send
from tests.ingest.conftest import SERIES_UID, STUDY_UID, write_slice
from tests.pacs.conftest import data_set, objects, receiving, write_ct
from tests.pacs.orthanc import dcmtk, require_programs, running_orthanc, storescu

OTHER = ("1.7", "1.7.1")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    require_programs()
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture
def orthanc(archive):
    archive.empty()
    return archive


def same_content(one: Path, other: Path) -> bool:
    """Return whether two files hold one data set, element by element, in one encoding."""
    first, second = dcmread(one), dcmread(other)
    is_same_encoding = first.file_meta.TransferSyntaxUID == second.file_meta.TransferSyntaxUID
    return is_same_encoding and first == second


def test_what_dcmtk_sends_is_received(tmp_path, ct):
    require_programs()
    out = tmp_path / "out"
    with receiving(out) as port:
        dcmtk("echoscu", port, called="CTBONE")
        storescu(ct, port, called="CTBONE")
        storescu(ct, port, called="CTBONE")
    assert objects(out) == [f"{SERIES_UID}.{n}.dcm" for n in (1, 2, 3)]
    stored = out / "objects" / STUDY_UID / SERIES_UID
    for number, path in enumerate(sorted(ct.iterdir()), start=1):
        assert same_content(path, stored / f"{SERIES_UID}.{number}.dcm")


def test_from_sender_to_archive_to_disk_and_back(tmp_path, orthanc, ct):
    storescu(ct, orthanc.dicom_port)
    fetched = tmp_path / "fetched"
    fetch(FetchConfig(url=orthanc.url, out=fetched, since="2024-02-29", until="2024-02-29"))
    stored = fetched / "objects" / STUDY_UID / SERIES_UID
    for number, path in enumerate(sorted(ct.iterdir()), start=1):
        assert same_content(path, stored / f"{SERIES_UID}.{number}.dcm")
    (study,) = index_export(fetched / "objects", key=b"key")
    assert study.study_uid == STUDY_UID
    for number, options in enumerate(
        (
            {"url": orthanc.url},
            {"peer": f"127.0.0.1:{orthanc.dicom_port}", "called_ae": "ORTHANC"},
        )
    ):
        orthanc.empty()
        assert orthanc.ask("instances") == []
        sent = tmp_path / f"sent{number}"
        send(SendConfig(files=fetched / "objects", out=sent, **options))
        assert len(orthanc.ask("instances")) == 3
        again = tmp_path / f"again{number}"
        fetch(FetchConfig(url=orthanc.url, out=again, since="2024-01-01"))
        for path in stored.iterdir():
            assert data_set(again / path.relative_to(fetched)) == data_set(path)


def test_compressed_objects_stay_as_they_are(tmp_path, orthanc):
    path = write_slice(tmp_path / "ct" / "1", SOPInstanceUID="1.5")
    dataset = dcmread(path)
    dataset.compress(JPEGLSLossless, generate_instance_uid=False)
    dataset.save_as(path)
    storescu(path.parent, orthanc.dicom_port, "--propose-jls-lossless")
    fetch(FetchConfig(url=orthanc.url, out=tmp_path / "out", since="2024-01-01"))
    (fetched,) = (tmp_path / "out" / "objects").glob("*/*/*")
    assert dcmread(fetched).file_meta.TransferSyntaxUID == JPEGLSLossless
    assert same_content(path, fetched)
    orthanc.empty()
    send(
        SendConfig(
            files=fetched,
            out=tmp_path / "sent",
            peer=f"127.0.0.1:{orthanc.dicom_port}",
            called_ae="ORTHANC",
        )
    )
    assert len(orthanc.ask("instances")) == 1


def test_studies_are_found_by_date_description_and_name(tmp_path, orthanc, ct):
    uids = dict(zip(("study_uid", "series_uid"), OTHER, strict=True))
    other = write_ct(
        tmp_path / "other",
        **uids,
        StudyDate="20230101",
        StudyDescription="CT Abdomen",
        SeriesDescription="Abdomen 1.0",
        BodyPartExamined="ABDOMEN",
    )
    storescu(ct, orthanc.dicom_port)
    storescu(other, orthanc.dicom_port)
    table = tmp_path / "studies.csv"
    table.write_text(f"study_uid\n{OTHER[0]}\n1.99\n")
    for name, options, expected in (
        ("late", {"since": "2024-01-01"}, {STUDY_UID}),
        ("early", {"until": "2023-12-31"}, {OTHER[0]}),
        ("both", {"since": "2023-01-01", "until": "2024-12-31"}, {STUDY_UID, OTHER[0]}),
        ("described", {"study_description": ("*abdomen*",)}, {OTHER[0]}),
        ("part", {"until": "2024-12-31", "body_part": ("ABD*",)}, {STUDY_UID, OTHER[0]}),
        ("named", {"studies": table}, {OTHER[0]}),
    ):
        fetch(FetchConfig(url=orthanc.url, out=tmp_path / name, **options))
        found = {path.name for path in (tmp_path / name / "objects").iterdir()}
        assert found == expected, name
    with (tmp_path / "named" / "fetched.csv").open(newline="") as file:
        reasons = {row["study_uid"]: row["reason"] for row in csv.DictReader(file)}
    assert reasons == {OTHER[0]: "", "1.99": "object_not_found"}
