"""``ctbone.read``: one CT out of whatever holds it."""

import numpy as np
import pandas as pd
import pytest

import ctbone
from ctbone.errors import NoEligibleSeries, NothingUsable, NotHounsfield, Reason
from ctbone.ingest import SeriesRule
from ctbone.volume import CTVolume
from tests.ingest.conftest import write_slice
from tests.ingest.test_frames import RULE, body, write_enhanced
from tests.localisation.test_localise import write_nifti


def write_ct(folder, study=1, series=1):
    for k in range(30):
        write_slice(
            folder / f"{study}-{series}-{k}",
            StudyInstanceUID=f"1.2.{study}",
            SeriesInstanceUID=f"1.2.{study}.{series}",
            PatientName="Xylander^Jane",
            PatientID=f"P{study}",
            ImagePositionPatient=[0, 0, 4.0 * k],
            SliceThickness="4",
            Rows=64,
            Columns=60,
            PixelSpacing=[4.5, 4.5],
            SeriesDescription="Xylander abdomen",
        )


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    write_ct(folder / "a", study=1)
    write_ct(folder / "b", study=2, series=1)
    write_ct(folder / "b", study=2, series=2)
    return folder


def test_a_folder_of_one_study_is_read_and_shows_what_its_header_says(export):
    scan = ctbone.read(export / "a")
    assert scan.series.series_uid == scan.volume.series_uid == "1.2.1.1"
    assert repr(scan.volume) == "CTVolume(60 x 64 x 30 voxels of 4.5 x 4.5 x 4 mm, int16)"
    shown = scan._repr_html_()
    assert all(word in shown for word in ("60 x 64 x 30", "120 kV", "Br38", "SIEMENS"))
    assert "xylander" not in (shown + repr(scan)).lower()


def test_a_study_and_a_series_are_chosen_by_uid(export):
    assert ctbone.read(export, study_uid="1.2.1").study.study_uid == "1.2.1"
    for uid in ("1.2.2.1", "1.2.2.2"):
        assert ctbone.read(str(export / "b"), series_uid=uid).series.series_uid == uid


def test_what_is_not_there_is_one_sentence(export, tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a folder or a file to read, found noth"):
        ctbone.read(tmp_path / "absent")
    with pytest.raises(NothingUsable, match=r"expected a CT at .*, found neither DICOM nor NIfTI"):
        ctbone.read(tmp_path)
    with pytest.raises(
        ValueError, match=r"expected one study at .*, found 2: 1\.2\.1, 1\.2\.2; na"
    ):
        ctbone.read(export)
    with pytest.raises(ValueError, match=r"expected the study 9 at .*, found 2"):
        ctbone.read(export, study_uid="9")
    with pytest.raises(
        ValueError, match=r"expected the series 9 in the study, found 1: 1\.2\.1\.1"
    ):
        ctbone.read(export / "a", series_uid="9")


def test_a_series_that_is_no_torso_says_why(export):
    rule = SeriesRule(minimum_slices=31)
    with pytest.raises(NoEligibleSeries, match="31") as fault:
        ctbone.read(export / "a", series=rule)
    assert fault.value.reason is Reason.TOO_FEW_SLICES


def test_one_file_is_read_without_those_beside_it(tmp_path, monkeypatch):
    values = np.full((80, 80, 40), -1000, np.int16)
    values[10:70, 10:70] = 40
    for name in ("one.nii.gz", "other.nii.gz"):
        write_nifti(tmp_path / name, values, np.diag([4.0, 4.0, 5.0, 1.0]))
    monkeypatch.chdir(tmp_path)
    scan = ctbone.read("one.nii.gz")
    assert scan.volume.hu.shape == (80, 80, 40)
    assert "kvp_unknown" in scan.flags


def test_a_file_of_many_frames_is_a_series_and_one_of_a_single_slice_is_none(tmp_path):
    hu = body((20, 12, 10))
    file = write_enhanced(tmp_path / "enhanced", [hu])
    scan = ctbone.read(file, series=RULE)
    np.testing.assert_array_equal(scan.volume.hu.transpose(2, 1, 0), hu)
    with pytest.raises(NoEligibleSeries, match="1 of at least 10 slices"):
        ctbone.read(write_slice(tmp_path / "slice"), series=RULE)


@pytest.mark.parametrize("rule", [{"minimum_slices": 31}, SeriesRule(minimum_slices=31)])
def test_a_rule_is_a_record_or_a_mapping(export, rule):
    with pytest.raises(NoEligibleSeries, match="30 of at least 31 slices"):
        ctbone.read(export / "a", series=rule)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"minimum_slice": 3}, "'series.minimum_slice' is no option"),
        ({"minimum_slices": "a"}, "series.minimum_slices: expected a whole number, found a"),
        (3, "series: expected a mapping with keys of minimum_slices"),
    ],
)
def test_a_rule_that_is_none_is_one_sentence(rule, message):
    with pytest.raises(ValueError, match=message):
        ctbone.read("absent", series=rule)


@pytest.mark.parametrize("source", [None, 3, ["a"], np.zeros((4, 4, 4)), pd.DataFrame(), b"a"])
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (ctbone.read, "path: expected the path of a folder or a file"),
        (ctbone.localise, "source: expected a Scan, a CTVolume or the path of a folder or a file"),
        (ctbone.estimate, "source: expected a Scan, a CTVolume or the path of a folder or a file"),
    ],
)
def test_what_holds_no_ct_is_a_type_error_that_says_what_does(function, message, source):
    with pytest.raises(TypeError, match=rf"\A{message}, found [^\n]*\Z"):
        function(source)


@pytest.mark.parametrize("function", [ctbone.read, ctbone.localise, ctbone.estimate])
def test_an_empty_path_is_not_the_current_folder(function):
    with pytest.raises(ValueError, match="found an empty path"):
        function("")


def test_none_is_any_study_and_any_series(export):
    scan = ctbone.read(export / "a", study_uid=None, series_uid=None, series=None)
    assert scan.study.study_uid == "1.2.1"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_array_that_is_not_finite_is_told_as_a_file_is(value):
    hu = np.zeros((4, 5, 6), np.float32)
    hu[1, 2, 3] = value
    volume = CTVolume(hu, np.eye(4), "")
    for function in (ctbone.Scan.of, ctbone.localise, ctbone.estimate):
        with pytest.raises(NotHounsfield, match="attenuation must be finite, some values of the"):
            function(volume)


def test_of_an_array_nothing_else_is_known():
    volume = CTVolume(np.zeros((4, 4, 4), np.int16), np.eye(4), "")
    scan = ctbone.Scan.of(volume)
    assert scan.volume is volume
    assert set(scan.flags) == {"kvp_unknown", "kernel_unknown", "contrast_unknown"}
    assert "not known" in scan._repr_html_()
