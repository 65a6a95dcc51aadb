"""What is delivered of a study is whole, steady, valid, and never that of an earlier outcome."""

import shutil
import subprocess
import threading
from dataclasses import replace
from threading import Event

import numpy as np
import pydicom
import pytest
from PIL import Image

from ctbone.delivery import case as case_module
from ctbone.delivery import delivery as module
from ctbone.delivery import filing
from ctbone.ingest import index_export, write_label_map
from ctbone.records import Flag
from tests.delivery.conftest import delivery
from tests.delivery.test_report import rejection

KINDS = ("body", "capture", "page", "report", "trabecular")


def deliver(screened, out, **given):
    made = delivery(out, **given)
    return made(screened.study, screened.series, screened.volume, screened.result)


def names(out):
    return sorted(path.stem.split("-")[-1] for path in out.glob("dicom/*/*"))


def identities(out):
    return {
        path.name: (found.SOPInstanceUID, found.SeriesInstanceUID)
        for path in out.glob("dicom/*/*")
        for found in [pydicom.dcmread(path, stop_before_pixels=True)]
    }


def test_each_study_has_a_folder_with_all_that_is_wanted(screened, delivered):
    uid = screened.study.study_uid
    assert names(delivered) == list(KINDS)
    assert [path.name for path in (delivered / "dicom").iterdir()] == [uid]
    assert sorted(path.name for path in delivered.iterdir()) == ["dicom", "fhir"]
    assert (delivered / "fhir" / f"{uid}.json").is_file()


def errors(path):
    """Return what a validator of the standard finds wrong with an object."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy of dicom3tools is not installed")
    done = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    known = {"Segmentation", "SCImage", "EncapsulatedPDF", "ComprehensiveSR"}
    assert known.intersection(said)
    return [line for line in said if line.startswith("Error")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_validator_of_the_standard_finds_no_error(delivered, kind):
    (path,) = delivered.glob(f"dicom/*/*-{kind}.dcm")
    assert errors(path) == []


@pytest.mark.parametrize("patient", ["source", "pseudonym"])
def test_nor_in_the_report_of_a_rejected_study(screened, tmp_path, patient):
    made = delivery(tmp_path, wanted=("sr",), of_rejected=True, patient=patient)
    assert made.refuse(screened.study, rejection(screened)) == ()
    (path,) = tmp_path.glob("dicom/*/*-report.dcm")
    assert errors(path) == []


def test_nor_under_a_pseudonym(screened, tmp_path):
    given = {"wanted": ("sr", "capture", "pdf"), "patient": "pseudonym"}
    Image.new("RGB", (1200, 720)).save(tmp_path / f"{screened.study.study_uid}.png")
    assert deliver(screened, tmp_path / "out", pictures=tmp_path, **given) == ()
    assert {p.name: errors(p) for p in tmp_path.glob("out/dicom/*/*")} == {
        f"{screened.study.study_uid}-{kind}.dcm": [] for kind in ("report", "capture", "page")
    }


def test_the_same_study_delivered_again_is_the_same_objects(screened, delivered, tmp_path):
    assert deliver(screened, tmp_path) == ()
    assert identities(tmp_path) == identities(delivered)
    (one,) = delivered.glob("fhir/*")
    (other,) = tmp_path.glob("fhir/*")
    assert one.read_bytes() == other.read_bytes()


def test_another_result_is_other_objects_of_the_same_series(screened, delivered, tmp_path):
    first, second = screened.result.estimates
    changed = replace(screened.result, estimates=(replace(first, bmd_mg_cm3=1.0), second))
    assert deliver(replace(screened, result=changed), tmp_path, wanted=("sr",)) == ()
    name = f"{screened.study.study_uid}-report.dcm"
    was, became = identities(delivered)[name], identities(tmp_path)[name]
    assert was[0] != became[0]
    assert was[1] == became[1]


def test_seconds_and_flags_of_delivery_make_no_other_object(screened, tmp_path):
    assert deliver(screened, tmp_path / "a", wanted=("sr",)) == ()
    slower = replace(screened.result, seconds=99.0)
    assert deliver(replace(screened, result=slower), tmp_path / "b", wanted=("sr",)) == ()
    assert identities(tmp_path / "a") == identities(tmp_path / "b")


def test_what_cannot_be_made_is_told_and_costs_nothing_else(screened, tmp_path, monkeypatch):
    def torn(*_, **__):
        raise OSError("No space left on device: /home/Jane")

    monkeypatch.setattr(module, "write_capture", torn)
    assert deliver(screened, tmp_path, wanted=("sr", "capture")) == (Flag.DELIVERY_FAILED,)
    assert names(tmp_path) == ["report"]
    (told,) = (tmp_path / "undelivered").iterdir()
    assert told.read_text().startswith("capture: OSError at ")
    assert "Jane" not in told.read_text()
    monkeypatch.undo()
    assert deliver(screened, tmp_path, wanted=("sr", "capture")) == ()
    assert names(tmp_path) == ["capture", "report"]
    assert not list((tmp_path / "undelivered").iterdir())


def test_a_disk_without_room_costs_the_delivery_alone(screened, tmp_path):
    (tmp_path / "dicom").write_text("in the way")
    assert deliver(screened, tmp_path, wanted=("sr",)) == (Flag.DELIVERY_FAILED,)
    assert (tmp_path / "undelivered" / f"{screened.study.study_uid}.txt").is_file()
    assert not list(tmp_path.glob(".delivery-*"))


def test_what_a_killed_run_left_half_made_is_gone_after_the_next(screened, tmp_path):
    left = tmp_path / f".delivery-{screened.study.study_uid}" / "dicom"
    left.mkdir(parents=True)
    (left / "torn.dcm").write_bytes(b"torn")
    assert deliver(screened, tmp_path, wanted=("sr",)) == ()
    assert names(tmp_path) == ["report"]
    assert not list(tmp_path.glob(".*"))


def test_a_study_that_is_now_rejected_leaves_nothing_of_its_result(screened, tmp_path):
    assert deliver(screened, tmp_path, wanted=("sr", "fhir")) == ()
    made = delivery(tmp_path, wanted=("sr", "fhir"))
    assert made.refuse(screened.study, rejection(screened)) == ()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_rejected_study_without_dicom_images_lacks_its_report_alone(screened, tmp_path):
    study = replace(screened.study, series=())
    made = delivery(tmp_path, of_rejected=True)
    assert made.refuse(study, rejection(screened)) == (Flag.DELIVERY_FAILED,)
    (told,) = (tmp_path / "undelivered").iterdir()
    assert told.read_text() == (
        "sr: expected DICOM images that a result can refer to, found none\n"
    )
    assert len(list(tmp_path.glob("fhir/*.json"))) == 1


def test_of_a_nifti_file_there_is_an_observation_alone(screened, tmp_path):
    (tmp_path / "in").mkdir()
    write_label_map(tmp_path / "in" / "ct.nii.gz", np.ones((8, 8, 8), np.int16), np.eye(4))
    (study,) = index_export(tmp_path / "in", key=b"test")
    made = delivery(tmp_path / "out")
    flags = made(study, study.series[0], screened.volume, screened.result)
    assert flags == (Flag.DELIVERY_FAILED,)
    told = (tmp_path / "out" / "undelivered" / f"{study.study_uid}.txt").read_text().splitlines()
    assert [line.split(":")[0] for line in told] == ["seg", "sr", "capture", "pdf"]
    assert all("this series is a NIfTI file" in line for line in told)
    assert len(list(tmp_path.glob("out/fhir/*.json"))) == 1


def test_the_capture_is_the_picture_of_the_run_with_words_below(screened, delivered, tmp_path):
    shown = np.zeros((720, 1200, 3), np.uint8)
    shown[100:200] = (10, 200, 30)
    Image.fromarray(shown).save(tmp_path / f"{screened.study.study_uid}.png")
    assert deliver(screened, tmp_path / "out", wanted=("capture",), pictures=tmp_path) == ()
    (path,) = tmp_path.glob("out/dicom/*/*")
    pixels = pydicom.dcmread(path).pixel_array
    np.testing.assert_array_equal(pixels[:720], shown)
    assert pixels[720:].max() > 200
    (own,) = delivered.glob("dicom/*/*-capture.dcm")
    assert pydicom.dcmread(own).pixel_array.shape == pixels.shape


def test_a_picture_that_could_not_be_drawn_is_drawn_again(screened, tmp_path):
    result = replace(screened.result, flags=(Flag.PICTURE_FAILED,))
    given = {"wanted": ("capture",), "pictures": tmp_path / "none"}
    assert deliver(replace(screened, result=result), tmp_path / "out", **given) == ()


def test_the_page_is_a_pdf_of_its_stated_length(delivered):
    (path,) = delivered.glob("dicom/*/*-page.dcm")
    dataset = pydicom.dcmread(path)
    page = dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength]
    assert page.startswith(b"%PDF-")
    assert page.rstrip().endswith(b"%%EOF")
    assert b"CreationDate" not in page


@pytest.fixture
def hanging(monkeypatch):
    """Images whose headers are first read when the event is set, and then at once."""
    released, honest = Event(), case_module.source_images

    def read(source):
        if not asked:
            asked.append(source)
            released.wait()
        return honest(source)

    asked = []
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(case_module, "source_images", read)
    yield released
    released.set()


def test_images_of_a_rejected_study_are_not_waited_for_without_end(screened, tmp_path, hanging):
    before = set(threading.enumerate())
    made = delivery(tmp_path, wanted=("sr", "fhir"), of_rejected=True)
    assert made.refuse(screened.study, rejection(screened)) == (Flag.DELIVERY_FAILED,)
    (told,) = tmp_path.glob("undelivered/*.txt")
    assert told.read_text() == "sr: expected an end within 0.05 s, found none\n"
    hanging.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    # Nothing comes after others were told that it would not.
    assert not list(tmp_path.glob("dicom/*"))
    assert len(list(tmp_path.glob("fhir/*.json"))) == 1


def test_images_that_hang_hold_up_no_other_study(screened, tmp_path, hanging, monkeypatch):
    made = delivery(tmp_path, wanted=("sr",), of_rejected=True)
    assert made.refuse(screened.study, rejection(screened)) == (Flag.DELIVERY_FAILED,)
    monkeypatch.setattr(module, "_PATIENCE_S", 30.0)
    assert made.refuse(screened.study, rejection(screened)) == ()
    assert names(tmp_path) == ["report"]


def test_what_a_killed_process_was_making_goes_when_the_study_is_rejected(screened, tmp_path):
    left = tmp_path / f".delivery-{screened.study.study_uid}" / "dicom"
    left.mkdir(parents=True)
    (left / "part.dcm").touch()
    assert delivery(tmp_path).refuse(screened.study, rejection(screened)) == ()
    assert list(tmp_path.iterdir()) == []


def test_objects_are_on_disk_before_their_study_is_said_to_be_done(
    screened, tmp_path, monkeypatch
):
    synced = []

    def note(*paths):
        synced.extend(str(path.relative_to(tmp_path)) for path in paths)

    monkeypatch.setattr(filing, "sync", note)
    deliver(screened, tmp_path, wanted=("sr", "fhir"))
    uid = screened.study.study_uid
    made = f".delivery-{uid}"
    written = [f"{made}/dicom/{uid}-report.dcm", f"{made}/dicom", "dicom", "."]
    assert synced == [*written, f"{made}/observation.json", "fhir", "."]
    synced.clear()
    assert delivery(tmp_path).refuse(screened.study, rejection(screened)) == ()
    assert synced == ["dicom", "fhir"]
