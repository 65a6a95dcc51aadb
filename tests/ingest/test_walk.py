import errno
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from ctbone.errors import NoEligibleSeries, Reason
from ctbone.ingest import SeriesRule, index_export, link_key, select_series, walk
from ctbone.ingest.attributes import pseudonym
from ctbone.ingest.building import SeriesBuilder
from ctbone.ingest.catalogue import FileRow, FileStatus, open_catalogue
from ctbone.ingest.layouts import Layouts
from ctbone.records import NIFTI, Flag
from tests.ingest.conftest import STUDY_UID, write_series, write_slice

SR = "1.2.840.10008.5.1.4.1.1.88.67"


def studies_of(root, key, **options):
    return {study.study_uid: study for study in index_export(root, key=key, **options)}


def files_in(catalogue):
    database = sqlite3.connect(catalogue)
    try:
        return {row[1]: row for row in database.execute("SELECT * FROM files ORDER BY number")}
    finally:
        database.close()


def test_slices_of_one_study_in_several_folders_are_one_study(tmp_path, key):
    root = tmp_path / "export"
    write_slice(root / "a" / "1", InstanceNumber=1)
    write_slice(root / "b" / "deep" / "2", InstanceNumber=2)
    write_slice(root / "b" / "3", SeriesInstanceUID="1.2.3.1.2")
    (study,) = studies_of(root, key).values()
    assert [len(series.slices) for series in study.series] == [2, 1]
    assert study.study_date == date(2024, 2, 29)


def test_record_says_what_the_header_says(tmp_path, key):
    root = tmp_path / "export"
    path = write_slice(
        root / "x", InstanceNumber=7, AcquisitionNumber=3, PatientAge="064Y", PatientSex="F"
    )
    (study,) = studies_of(root, key).values()
    (series,) = study.series
    (item,) = series.slices
    assert item.path == path
    assert item.position_mm == (-10.5, -20.25, -30.75)
    assert item.spacing_mm == (0.9, 0.7)  # between columns, then between rows
    assert (item.rows, item.columns, item.instance_number, item.acquisition) == (6, 5, 7, 3)
    assert (item.encoding.rescale_slope, item.encoding.rescale_intercept) == (1.0, -1024.0)
    assert item.encoding.is_signed
    assert (study.age_years, study.sex) == (64.0, "F")
    assert (series.kernel, series.kvp, series.contrast) == ("Br38f", 120.0, None)
    with path.open("rb") as file:
        file.seek(item.pixel_offset)
        assert file.read(item.pixel_length) == np.arange(30, dtype=np.int16).tobytes()


def test_studies_come_by_uid_and_encodings_are_shared(tmp_path, key):
    root = tmp_path / "export"
    for uid in ("1.2.9", "1.2.10", "1.2.1"):
        write_slice(root / uid / "1", StudyInstanceUID=uid, SeriesInstanceUID=uid + ".1")
        write_slice(root / uid / "2", StudyInstanceUID=uid, SeriesInstanceUID=uid + ".1")
    told = []
    studies = list(index_export(root, key=key, tell=told.append))
    assert [study.study_uid for study in studies] == ["1.2.1", "1.2.10", "1.2.9"]
    assert told == [3]
    encodings = {id(s.encoding) for study in studies for s in study.series[0].slices}
    assert len(encodings) == 1


def overfill(folder):
    with open_catalogue(folder / "catalogue.sqlite3") as rows:
        database = rows.database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(1, 9999):
            row = FileRow(number, "p" * 99, FileStatus.SLICE, None, "", "1.2", "1.2.3")
            rows.add_file(row)


def test_a_full_disk_is_told_as_such(tmp_path):
    with pytest.raises(OSError, match="No space left") as trouble:
        overfill(tmp_path)
    assert (trouble.value.errno, trouble.value.filename) == (errno.ENOSPC, "catalogue.sqlite3")


def test_every_file_has_one_row_and_its_status(tmp_path, key):
    root = tmp_path / "export"
    write_series(root / "ct", count=3)
    whole = (root / "ct" / "0000").read_bytes()
    (root / "ct" / "truncated").write_bytes(whole[:-20])
    (root / "ct" / "headless").write_bytes(whole[:170])
    (root / "ct" / "empty").write_bytes(b"")
    (root / "notes").mkdir()
    (root / "notes" / "readme.txt").write_text("nothing")
    (root / "notes" / "empty").write_bytes(b"")
    (root / "link").symlink_to(root / "ct")
    (root / "notes" / "outside").symlink_to(tmp_path)
    os.mkfifo(root / "notes" / "pipe")
    write_slice(
        root / "sr", SOPClassUID=SR, Modality="SR", PixelData=None, SeriesInstanceUID="1.9"
    )
    catalogue = tmp_path / "catalogue.sqlite3"
    (study,) = studies_of(root, key, catalogue=catalogue).values()
    files = files_in(catalogue)
    statuses = {path: row[2] for path, row in files.items()}
    assert statuses == {
        **{f"ct/000{n}": "slice" for n in range(3)},
        **{f"ct/{name}": "unreadable" for name in ("truncated", "headless", "empty")},
        **{f"notes/{name}": "not_dicom" for name in ("readme.txt", "empty", "outside", "pipe")},
        "link": "not_dicom",
        "sr": "object",
    }
    assert sorted(row[0] for row in files.values()) == list(range(1, len(files) + 1))
    assert [fault.number for fault in study.faults] == sorted(
        files[f"ct/{name}"][0] for name in ("truncated", "headless", "empty")
    )
    assert {row[5] for path, row in files.items() if path.startswith("ct/")} == {STUDY_UID}


def test_catalogue_says_that_it_identifies(tmp_path, key):
    write_slice(tmp_path / "export" / "1")
    catalogue = tmp_path / "catalogue.sqlite3"
    for _ in range(2):  # a second run starts afresh
        studies_of(tmp_path / "export", key, catalogue=catalogue)
    database = sqlite3.connect(catalogue)
    (notice,) = database.execute("SELECT value FROM about WHERE name = 'notice'").fetchone()
    assert notice.startswith("Identifying")
    assert database.execute("SELECT count(*) FROM files").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM studies").fetchone() == (1,)
    database.close()


def test_a_file_that_is_no_catalogue_is_not_touched(tmp_path, key):
    write_slice(tmp_path / "export" / "1")
    other = tmp_path / "other"
    other.write_text("something else that is long enough to be looked at" * 30)
    with pytest.raises(ValueError, match="absent or a catalogue"):
        list(index_export(tmp_path / "export", key=key, catalogue=other))
    assert other.read_text().startswith("something else")


def test_studies_without_any_uid_are_grouped_by_folder(tmp_path, key):
    root = tmp_path / "export"
    missing = dict.fromkeys(("StudyInstanceUID", "SeriesInstanceUID"), "")
    write_series(root / "a", count=3, **missing)
    write_series(root / "b", count=2, **missing)
    studies = list(index_export(root, key=key))
    assert sorted(len(study.series[0].slices) for study in studies) == [2, 3]
    for study in studies:
        assert study.study_uid.startswith("2.25.")
        assert study.series[0].flags == (Flag.UID_MISSING,)
    assert [s.study_uid for s in index_export(root, key=key)] == [s.study_uid for s in studies]


def test_unreadable_files_without_a_study_make_one_of_their_own(tmp_path, key):
    root = tmp_path / "export"
    content = write_slice(root / "x" / "1").read_bytes()
    for name in ("a/1", "a/2", "b/1"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content[:170])
    (root / "x" / "1").unlink()
    studies = list(index_export(root, key=key))
    assert sorted(len(study.faults) for study in studies) == [1, 2]
    assert all(not study.series for study in studies)


def test_a_file_in_another_syntax_than_it_says_is_a_fault_of_its_study(tmp_path, key):
    """The length of an explicit element, taken for an implicit one, leads out of the file."""
    path = write_slice(tmp_path / "one")
    explicit, implicit = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"
    path.write_bytes(path.read_bytes().replace(explicit, implicit))
    (study,) = studies_of(tmp_path, key).values()
    assert (study.study_uid, study.series) == (STUDY_UID, ())
    assert study.patient_id == pseudonym("P1", key=key)
    assert [fault.detail for fault in study.faults] == ["the file ends within its header"]


def test_encrypted_or_pixelless_images_are_faults(tmp_path, key):
    root = tmp_path / "export"
    item = Dataset()
    item.EncryptedContentTransferSyntaxUID = "1.2.840.10008.1.2.1"
    write_slice(root / "1", PixelData=None, EncryptedAttributesSequence=Sequence([item]))
    write_slice(root / "2", PixelData=None)
    (study,) = studies_of(root, key).values()
    assert [fault.detail for fault in study.faults] == [
        "expected Pixel Data, found encrypted attributes",
        "expected Pixel Data, found none",
    ]
    assert {fault.reason for fault in study.faults} == {Reason.UNREADABLE_FILE}


def test_file_without_preamble_is_read(tmp_path, key):
    root = tmp_path / "export"
    path = write_slice(root / "1")
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\x08\x00\x08\x00CS") :])
    (study,) = studies_of(root, key).values()
    assert study.study_uid == STUDY_UID
    assert study.series[0].slices[0].pixel_offset is None


def test_patient_is_a_keyed_pseudonym(tmp_path, key):
    root = tmp_path / "export"
    write_slice(root / "1", PatientID=" P1 ", IssuerOfPatientID="H")
    write_slice(root / "2", PatientID=None, StudyInstanceUID="1.5")
    studies = studies_of(root, key)
    assert studies[STUDY_UID].patient_id == pseudonym("P1", key=key, issuer="H")
    assert studies["1.5"].patient_id == pseudonym("1.5", key=key)
    assert len(studies["1.5"].patient_id) == 16
    assert studies_of(root, b"other")[STUDY_UID].patient_id != studies[STUDY_UID].patient_id


def test_studies_of_one_patient_in_two_letter_cases_are_of_one_patient(tmp_path, key):
    root = tmp_path / "export"
    write_slice(root / "1", PatientID="pat 1")
    write_slice(root / "2", PatientID="PAT1", StudyInstanceUID="1.5")
    write_slice(root / "3", PatientID="\u00a0", StudyInstanceUID="1.6")
    studies = studies_of(root, key)
    first, second, nobody = (studies[uid] for uid in (STUDY_UID, "1.5", "1.6"))
    assert first.patient_id == second.patient_id
    assert first.keys.patient == second.keys.patient
    assert nobody.patient_id == pseudonym("1.6", key=key)


def test_enhanced_frames_take_their_own_group_before_the_shared_one(tmp_path, key):
    def macro(**values):
        item = Dataset()
        for name, value in values.items():
            setattr(item, name, value)
        return Sequence([item])

    shared, frames = Dataset(), []
    shared.PlaneOrientationSequence = macro(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared.PixelMeasuresSequence = macro(PixelSpacing=[0.7, 0.9], SliceThickness="1.5")
    shared.PixelValueTransformationSequence = macro(RescaleSlope="1", RescaleIntercept="-1000")
    for k in range(3):
        frame = Dataset()
        frame.PlanePositionSequence = macro(ImagePositionPatient=[1.5, 2.5, 3.0 * k])
        frames.append(frame)
    own = macro(RescaleSlope="2", RescaleIntercept="-1024")
    frames[1].PixelValueTransformationSequence = own
    root = tmp_path / "export"
    absent = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
    write_slice(
        root / "mf",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1",
        NumberOfFrames=3,
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
        PixelData=bytes(180),
        **dict.fromkeys((*absent, "RescaleSlope", "RescaleIntercept")),
    )
    (study,) = studies_of(root, key).values()
    slices = study.series[0].slices
    assert [item.position_mm for item in slices] == [(1.5, 2.5, 3.0 * k) for k in range(3)]
    assert [item.encoding.rescale_slope for item in slices] == [1.0, 2.0, 1.0]
    assert {item.spacing_mm for item in slices} == {(0.9, 0.7)}
    assert [item.frame for item in slices] == [0, 1, 2]
    assert slices[0].pixel_offset is not None


def test_frames_that_are_not_described_are_a_fault(tmp_path, key):
    root = tmp_path / "export"
    enhanced = "1.2.840.10008.5.1.4.1.1.2.1"
    write_slice(root / "mf", SOPClassUID=enhanced, NumberOfFrames=3, PixelData=bytes(180))
    catalogue = tmp_path / "catalogue.sqlite3"
    (study,) = studies_of(root, key, catalogue=catalogue).values()
    assert study.series[0].slices == ()
    assert study.faults[0].reason is Reason.UNREADABLE_FILE
    assert files_in(catalogue)["mf"][2] == "unreadable"


def test_nifti_is_a_study_of_planes_in_lps(tmp_path, key):
    nibabel = pytest.importorskip("nibabel")
    root = tmp_path / "export"
    root.mkdir()
    affine = np.array([[0.7, 0, 0, 10], [0, 0.9, 0, 20], [0, 0, 1.5, 30], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(np.zeros((4, 5, 6), np.int16), affine)
    nibabel.save(image, root / "ct.nii.gz")
    (root / "broken.nii").write_bytes(b"no header")
    studies = list(index_export(root, key=key))
    found = [study for study in studies if study.series]
    assert len(found) == 1
    slices = found[0].series[0].slices
    assert found[0].study_uid.startswith("2.25.")
    assert len(slices) == 6
    assert (slices[0].rows, slices[0].columns) == (5, 4)
    assert slices[2].position_mm == (-10.0, -20.0, 33.0)
    assert slices[0].orientation == (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
    np.testing.assert_allclose(slices[0].spacing_mm, (0.7, 0.9), rtol=1e-6)
    assert slices[0].encoding.transfer_syntax_uid == NIFTI
    assert slices[0].encoding.rescale_slope == 1.0
    assert sum(len(study.faults) for study in studies) == 1


def test_slow_storage_is_read_in_threads_with_the_same_result(tmp_path, key, monkeypatch):
    root = tmp_path / "export"
    write_series(root, count=80)
    expected = studies_of(root, key)
    used = []

    class Threads(ThreadPoolExecutor):
        def map(self, *args, **kwargs):
            used.append(1)
            return super().map(*args, **kwargs)

    monkeypatch.setattr(walk, "_SLOW", 0.0)
    monkeypatch.setattr(walk, "ThreadPoolExecutor", Threads)
    assert studies_of(root, key) == expected
    assert used


def test_root_must_be_a_folder(tmp_path, key):
    with pytest.raises(ValueError, match="must be a folder"):
        list(index_export(tmp_path / "absent", key=key))


def test_same_instance_twice_is_kept_twice(tmp_path, key):
    uid = generate_uid()
    for name in ("1", "2"):
        write_slice(tmp_path / name, SOPInstanceUID=uid)
    (study,) = studies_of(tmp_path, key).values()
    assert [item.sop_instance_uid for item in study.series[0].slices] == [uid, uid]


def test_a_uid_of_dots_leads_out_of_no_folder(tmp_path, key):
    path = write_slice(tmp_path / "x")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1.2.3.1\0", b"..\0\0\0\0\0\0"))
    (study,) = studies_of(tmp_path, key).values()
    assert study.study_uid.startswith("2.25.")
    assert study.series[0].flags == (Flag.UID_MISSING,)


def test_text_in_the_place_of_a_uid_is_not_passed_on(tmp_path, key):
    for n in range(2):
        path = write_slice(tmp_path / str(n) / "x")
        content = path.read_bytes()
        for old, new in ((b"1.2.3.1.1", b"Patient.X"), (b"1.2.3.1\0", b"Name^Of\0")):
            content = content.replace(old, new)
        path.write_bytes(content)
    (study,) = studies_of(tmp_path, key).values()
    assert study.study_uid.startswith("2.25.")
    assert len(study.series[0].slices) == 2
    assert study.series[0].series_uid.startswith("2.25.")
    assert study.series[0].flags == (Flag.UID_MISSING,)


@pytest.mark.parametrize("is_named", [True, False])
def test_names_that_are_not_utf_8_are_stored_escaped(tmp_path, key, is_named):
    root = tmp_path / "export"
    folder = root / os.fsdecode(b"M\xfcller")
    uids = {} if is_named else dict.fromkeys(("StudyInstanceUID", "SeriesInstanceUID"))
    write_slice(folder / os.fsdecode(b"\xfc.dcm"), **uids)
    (folder / os.fsdecode(b"M\xfcller.txt")).write_text("nothing")
    (folder / "käse.txt").write_text("nothing")
    catalogue = tmp_path / "catalogue.sqlite3"
    (study,) = studies_of(root, key, catalogue=catalogue).values()
    assert len(study.series[0].slices) == 1
    names = {r"M\xfcller/\xfc.dcm", r"M\xfcller/M\xfcller.txt", r"M\xfcller/käse.txt"}
    assert set(files_in(catalogue)) == names


def test_each_nifti_that_cannot_be_read_is_a_study_of_its_own(tmp_path, key):
    nibabel = pytest.importorskip("nibabel")
    root = tmp_path / "export"
    root.mkdir()
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), root / "good.nii")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 5, 6, 3), np.int16), np.eye(4)), root / "4d.nii")
    (root / "empty.nii").write_bytes(b"")
    (root / "junk.nii.gz").write_bytes(b"no header")
    catalogue = tmp_path / "catalogue.sqlite3"
    studies = studies_of(root, key, catalogue=catalogue)
    files = files_in(catalogue)
    assert len(studies) == 4
    assert not studies[files["good.nii"][5]].faults
    for name in ("4d.nii", "empty.nii", "junk.nii.gz"):
        study = studies[files[name][5]]
        assert not study.series
        assert [fault.number for fault in study.faults] == [files[name][0]]
    again = [study.study_uid for study in index_export(root, key=key)]
    assert again == list(studies)


def test_a_second_run_on_one_catalogue_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "catalogue.sqlite3"
    row = FileRow(1, "a", FileStatus.SLICE, None, "", "1.2", "1.3")
    refusal = pytest.raises(ValueError, match=r"another run .* or catalogue\.sqlite3 is damaged")
    with refusal, open_catalogue(path) as first:
        with open_catalogue(path) as second:
            second.add_file(row)
        first.add_file(row)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])
@pytest.mark.parametrize("is_undefined", [True, False])
def test_a_sequence_of_agents_is_an_agent(tmp_path, key, syntax, is_undefined):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99", "Iohexol"
    root = tmp_path / "export"
    write_slice(root / "0", syntax=syntax)
    for n, items in enumerate(([item], [])):
        path = write_slice(
            root / f"{n + 1}",
            syntax=syntax,
            StudyInstanceUID=f"1.5.{n}",
            ContrastBolusAgentSequence=Sequence(items),
        )
        dataset = dcmread(path)
        dataset["ContrastBolusAgentSequence"].is_undefined_length = is_undefined and bool(items)
        dataset.save_as(path)
    studies = studies_of(root, key)
    found = [studies[uid].series[0].contrast for uid in (STUDY_UID, "1.5.0", "1.5.1")]
    assert found == [None, True, None]


P1 = {"PatientID": "P1", "PatientAge": "030Y", "PatientSex": "F"}
P2 = {"PatientID": "P2", "PatientAge": "080Y", "PatientSex": "M"}


def parted(root, key):
    """Return the only study of each pseudonym, and the catalogue's files by path."""
    catalogue = root.parent / "catalogue.sqlite3"
    studies = list(index_export(root, key=key, catalogue=catalogue))
    by_patient = {study.patient_id: study for study in studies}
    assert len(by_patient) == len(studies)
    assert len({study.study_uid for study in studies}) == len(studies)
    return by_patient, files_in(catalogue)


def test_two_patients_of_one_study_uid_are_two_studies(tmp_path, key):
    root = tmp_path / "export"
    write_series(root / "a", count=3, **P1)
    write_series(root / "b", count=4, SeriesInstanceUID="1.8", **P2)
    studies, files = parted(root, key)
    first, second = (studies[pseudonym(name, key=key)] for name in ("P1", "P2"))
    assert [len(s.slices) for s in first.series + second.series] == [3, 4]
    assert (first.age_years, first.sex, second.age_years, second.sex) == (30.0, "F", 80.0, "M")
    for study in (first, second):
        assert study.study_uid != STUDY_UID
        assert study.series[0].flags == (Flag.PATIENT_ID_CONFLICT,)
    assert {row[5] for row in files.values()} == {first.study_uid, second.study_uid}
    again, _ = parted(root, key)
    assert again == studies


def test_a_series_of_two_patients_is_never_one_volume(tmp_path, key):
    root = tmp_path / "export"
    write_series(root / "a", count=3, **P1)
    write_series(root / "b", count=4, **P2)
    write_series(root / "c", count=2, PatientID=None)
    studies, files = parted(root, key)
    first, second = (studies.pop(pseudonym(name, key=key)) for name in ("P1", "P2"))
    assert [len(s.slices) for s in first.series + second.series] == [3, 4]
    (nobody,) = studies.values()
    assert (nobody.series, nobody.age_years, nobody.sex) == ((), None, None)
    assert {fault.reason for fault in nobody.faults} == {Reason.PATIENT_UNCLEAR}
    with pytest.raises(NoEligibleSeries, match="expected a PatientID") as caught:
        select_series(nobody, rule=SeriesRule())
    assert caught.value.reason is Reason.PATIENT_UNCLEAR
    assert [row[2:4] for row in files.values()][-1] == ("unreadable", "patient_unclear")


def test_a_file_without_patient_goes_with_its_series(tmp_path, key):
    root = tmp_path / "export"
    write_series(root / "a", count=3, **P1)
    write_slice(root / "a" / "x", PatientID=None)
    write_series(root / "b", count=4, SeriesInstanceUID="1.8", **P2)
    (root / "b" / "cut").write_bytes((root / "b" / "0000").read_bytes()[:-9])
    (root / "b" / "broken").write_bytes(b"\0" * 128 + b"DICM\xff\xff\xff")
    studies, _ = parted(root, key)
    first, second = (studies[pseudonym(name, key=key)] for name in ("P1", "P2"))
    assert len(first.series[0].slices) == 4
    # The cut file names its patient; the broken one may be anyone's.
    assert (len(first.faults), len(second.faults), len(studies)) == (1, 2, 2)


def test_the_patient_is_whom_the_images_name(tmp_path, key):
    root = tmp_path / "export"
    write_slice(root / "0", PatientID=None, PatientAge=None)
    for n, patient in enumerate((" p 1", "P1", "P1 ")):
        write_slice(root / f"b{n}", **P1 | {"PatientID": patient})
    studies = studies_of(root, key)
    assert studies[STUDY_UID].series[0].flags == ()
    assert studies[STUDY_UID].patient_id == pseudonym("p 1", key=key)
    assert studies[STUDY_UID].age_years == 30.0
    write_slice(root / "a", Modality="SR", PixelData=None, SOPClassUID="1.2.3", **P2)
    studies = studies_of(root, key)
    assert studies[STUDY_UID].sex == "F"
    assert Flag.PATIENT_ID_CONFLICT in studies[STUDY_UID].series[0].flags


def test_a_bug_in_one_study_does_not_end_the_walk(tmp_path, key, monkeypatch):
    write_slice(tmp_path / "a")
    write_slice(tmp_path / "b", StudyInstanceUID="1.7", SeriesInstanceUID="1.7.1")
    build = SeriesBuilder.build

    def fail(self, uid, entries, **options):
        return 1 / 0 if uid == "1.7.1" else build(self, uid, entries, **options)

    monkeypatch.setattr(SeriesBuilder, "build", fail)
    catalogue = tmp_path.parent / f"{tmp_path.name}.sqlite3"
    studies = {s.study_uid: s for s in index_export(tmp_path, key=key, catalogue=catalogue)}
    assert studies[STUDY_UID].series
    (fault,) = studies["1.7"].faults
    assert fault.number == 2
    assert "ZeroDivisionError at grouping.py" in fault.detail
    assert [row[2] for row in files_in(catalogue).values()] == ["slice", "unreadable"]
    with pytest.raises(NoEligibleSeries, match="unreadable files 2: ZeroDivisionError"):
        select_series(studies["1.7"], rule=SeriesRule())


def test_a_bug_in_one_header_does_not_end_the_walk(tmp_path, key, monkeypatch):
    write_slice(tmp_path / "a" / "1")
    write_slice(tmp_path / "b" / "1", StudyInstanceUID="1.7")
    read, sizes = Layouts.read, []

    def fail(self, file, head, size):
        sizes.append(size)
        return 1 / 0 if len(sizes) > 1 else read(self, file, head, size)

    monkeypatch.setattr(Layouts, "read", fail)
    studies = list(index_export(tmp_path, key=key))
    assert sorted((len(s.series), len(s.faults)) for s in studies) == [(0, 1), (1, 0)]


def test_a_table_finds_a_study_by_what_its_headers_name(tmp_path, key):
    write_slice(tmp_path / "a" / "1", PatientID=" ab 12", AccessionNumber="7")
    nameless = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1"}
    write_slice(tmp_path / "b" / "1", **nameless, PatientID=None)
    studies = studies_of(tmp_path, key)
    keys = studies[STUDY_UID].keys
    assert keys.patient == link_key("AB12", kind="patient", key=key)
    assert keys.accession == link_key("7", kind="accession", key=key)
    assert link_key("7", kind="patient", key=key) != keys.accession
    assert link_key("AB12", kind="patient", key=b"another") != keys.patient
    assert "AB12" not in keys.patient
    assert keys.patient not in repr(studies[STUDY_UID])
    assert (studies["1.2.9"].keys.patient, studies["1.2.9"].keys.accession) == ("", "")


def test_a_study_that_several_patients_claim_is_disputed(tmp_path, key):
    for patient in ("A", "B"):
        write_slice(tmp_path / patient, PatientID=patient)
    assert [study.is_disputed for study in index_export(tmp_path, key=key)] == [True, True]
    write_slice(tmp_path / "B", PatientID="A")
    assert [study.is_disputed for study in index_export(tmp_path, key=key)] == [False]
