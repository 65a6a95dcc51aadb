"""DICOM segmentations hold the label map voxel by voxel, and nothing about the patient."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import IrregularGeometry
from ctbone.ingest import LabelMap, index_export, read_volume, write_label_map
from ctbone.localisation.masks.segmentation import (
    SegmentationAlgorithm,
    write_segmentation,
)
from ctbone.localisation.masks.segmentation_source import SegmentationSource, segmentation_obstacle
from ctbone.records import Flag
from ctbone.volume import to_indices
from tests.ingest.stacks import body, oblique, write_stack
from tests.ingest.test_frames import write_enhanced

ALGORITHM = SegmentationAlgorithm(name="ctbone localiser", version="1.2", sha256="ab" * 32)
V = VertebralLevel

#: Whose slices these are: none of it may reach a file that carries a pseudonym.
SECRET = {
    "PatientName": "Roe^Jane",
    "PatientID": "HOSP-4711",
    "PatientBirthDate": "19520317",
    "PatientSex": "F",
    "AccessionNumber": "ACC-99",
    "StudyID": "ST-17",
    "StudyDate": "20210405",
    "StudyTime": "101112",
    "ReferringPhysicianName": "Poe^Edgar",
    "StudyDescription": "Abdomen of Mrs Roe",
    "SeriesDescription": "Roe axial",
    "InstitutionName": "Roe Clinic",
}

AXES = {
    "axial": np.eye(3),
    "oblique": oblique(),
    "from feet to head with rows reversed": np.diag([-1.0, 1.0, -1.0]),
    "head first, numbered downwards": np.diag([1.0, -1.0, -1.0]),
    "coronal": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
}


def make_case(folder, *, axes=None, **given):
    """Write a stack and label two whole levels and one at the very end of it."""
    tags = {
        "FrameOfReferenceUID": "1.2.3.4.77",
        "SOPInstanceUID": lambda k: f"1.2.3.4.5.{k}",
        **SECRET,
        **given,
    }
    order = [3, 1, 0, 2, 7, 6, 5, 4]
    write_stack(folder / "ct", body((8, 12, 10)), axes=axes, order=order, **tags)
    (study,) = index_export(folder / "ct", key=b"test")
    source = SegmentationSource(study=study, series=study.series[0])
    volume = read_volume(source.series)
    labels = np.zeros(volume.hu.shape, np.uint8, order="F")
    labels[2:5, 3:8, 2:5] = V.T13
    labels[3:4, 3:8, 3] = 0
    labels[1:6, 2:7, 5:7] = V.L1
    labels[0, 0, 7] = V.L6
    return source, LabelMap(labels, volume.affine), volume


def write(folder, source, labels, **given):
    path = folder / "segmentation.dcm"
    write_segmentation(path, labels, source=source, algorithm=ALGORITHM, **given)
    return pydicom.dcmread(path)


def read_back(dataset, affine, shape):
    """Put every set bit where its frame says that it lies, without what wrote it."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    row, column = np.reshape(shared.PlaneOrientationSequence[0].ImageOrientationPatient, (2, 3))
    down, along = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    count = dataset.Rows * dataset.Columns
    found = np.zeros(shape, np.uint8)
    for number, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        # The groups of a frame come first; what all frames have stands in the shared ones.
        groups = frame if "SegmentIdentificationSequence" in frame else shared
        segment = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        name = dataset.SegmentSequence[segment - 1].SegmentLabel.split()[0]
        plane = bits[number * count : (number + 1) * count].reshape(dataset.Rows, -1)
        corner = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        for j, i in np.argwhere(plane):
            at = to_indices(affine, (corner + row * along * i + column * down * j)[None])[0]
            assert np.abs(at - np.rint(at)).max() < 1e-3
            found[tuple(np.rint(at).astype(int))] = V[name]
    return found


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
def test_every_voxel_comes_back_where_it_was(tmp_path, axes):
    source, labels, _ = make_case(tmp_path, axes=axes)
    dataset = write(tmp_path, source, labels)
    np.testing.assert_array_equal(
        read_back(dataset, labels.affine, labels.labels.shape), labels.labels
    )


def test_another_reader_finds_the_same_voxels(tmp_path):
    from highdicom.seg import segread

    source, labels, _ = make_case(tmp_path, axes=oblique())
    write(tmp_path, source, labels)
    volume = segread(tmp_path / "segmentation.dcm").get_volume(combine_segments=True)
    numbers = np.array([0, V.T13, V.L1, V.L6], np.uint8)
    found = np.zeros_like(labels.labels)
    held = np.argwhere(volume.array)
    positions = held @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    at = np.rint(to_indices(labels.affine, positions)).astype(int)
    found[tuple(at.T)] = numbers[volume.array[tuple(held.T)]]
    np.testing.assert_array_equal(found, labels.labels)


def test_tilted_slices_are_written_on_the_grid_that_they_were_straightened_to(tmp_path):
    tags = {"FrameOfReferenceUID": "1.2.3.4.77", "SOPInstanceUID": lambda k: f"1.2.3.4.5.{k}"}
    write_stack(tmp_path / "ct", body((6, 12, 10)), drift_mm=(0.0, 0.35), **tags)
    (study,) = index_export(tmp_path / "ct", key=b"test")
    source = SegmentationSource(study=study, series=study.series[0])
    volume = read_volume(source.series)
    assert Flag.TILT_CORRECTED in volume.flags
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[2:5, 1:12, 1:5] = V.L2
    dataset = write(tmp_path, source, LabelMap(labels, volume.affine))
    np.testing.assert_array_equal(read_back(dataset, volume.affine, labels.shape), labels)
    heights = {item.sop_instance_uid: item.position_mm[2] for item in source.series.slices}
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        height = frame.PlanePositionSequence[0].ImagePositionPatient[2]
        assert height == pytest.approx(heights[image.ReferencedSOPInstanceUID])


def test_every_frame_names_the_image_that_it_lies_on(tmp_path):
    source, labels, _ = make_case(tmp_path, axes=oblique())
    dataset = write(tmp_path, source, labels)
    places = {item.sop_instance_uid: item.position_mm for item in source.series.slices}
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        at = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        np.testing.assert_allclose(at, places[image.ReferencedSOPInstanceUID], atol=1e-4)
    (series,) = dataset.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == source.series.series_uid
    named = {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence}
    assert named == set(places)
    assert dataset.FrameOfReferenceUID == "1.2.3.4.77"
    assert dataset.StudyInstanceUID == source.study.study_uid


def test_segments_are_described_in_codes_from_cranial_to_caudal(tmp_path):
    source, labels, _ = make_case(tmp_path)
    segments = write(tmp_path, source, labels).SegmentSequence
    assert [s.SegmentLabel for s in segments] == [
        f"{n} vertebral body" for n in ("T13", "L1", "L6")
    ]
    assert [s.SegmentNumber for s in segments] == [1, 2, 3]
    regions = [s.AnatomicRegionSequence[0].CodeValue for s in segments]
    assert regions == ["122495006", "66794005", "122496007"]
    for segment in segments:
        assert (
            segment.SegmentedPropertyCategoryCodeSequence[0].CodeMeaning == "Anatomical Structure"
        )
        assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "3572006"
        assert segment.SegmentAlgorithmType == "AUTOMATIC"
        (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence
        assert algorithm.AlgorithmName == "ctbone localiser"
        assert algorithm.AlgorithmVersion == "1.2"
        assert "ab" * 32 in algorithm.AlgorithmParameters
        assert segment.TrackingID == segment.SegmentLabel
    assert len({s.TrackingUID for s in segments}) == 3


def test_a_pseudonym_stands_for_the_patient_and_nothing_else_does(tmp_path):
    source, labels, _ = make_case(tmp_path)
    dataset = write(tmp_path, source, labels)
    assert dataset.PatientID == source.study.patient_id
    assert dataset.PatientIdentityRemoved == "YES"
    content = (tmp_path / "segmentation.dcm").read_bytes()
    for keyword, value in SECRET.items():
        if keyword != "PatientSex":
            for part in value.split("^"):
                assert part.encode() not in content, keyword


def test_the_patient_of_the_images_stands_where_that_is_asked_for(tmp_path):
    source, labels, _ = make_case(tmp_path)
    dataset = write(tmp_path, replace(source, patient="source"), labels)
    for keyword in (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "AccessionNumber",
        "StudyDate",
    ):
        assert dataset[keyword].value == SECRET[keyword]
    assert "PatientIdentityRemoved" not in dataset
    assert b"Abdomen" not in (tmp_path / "segmentation.dcm").read_bytes()


@pytest.mark.parametrize(
    ("stated", "name", "written"),
    [
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "ISO_IR 192"),
        ("ISO_IR 100", "R\xf6e^Jane", "ISO_IR 100"),
        (None, "Roe^Jane", "ISO_IR 192"),
    ],
)
def test_names_keep_their_letters_in_any_character_set(tmp_path, stated, name, written):
    source, labels, _ = make_case(tmp_path, PatientName=name, SpecificCharacterSet=stated)
    dataset = write(tmp_path, replace(source, patient="source"), labels)
    assert str(dataset.PatientName) == name
    assert dataset.SpecificCharacterSet == written


def test_what_the_header_gets_wrong_about_the_patient_is_left_empty(tmp_path):
    wrong = {"PatientSex": "W", "PatientName": "M\xfcller", "SpecificCharacterSet": "ISO_IR 100"}
    source, labels, _ = make_case(tmp_path, **wrong)
    path = source.series.slices[0].path
    content = path.read_bytes().replace(b"19520317", b"17-03-52").replace(b"20210405", b"05.04.21")
    path.write_bytes(content)
    dataset = write(tmp_path, replace(source, patient="source"), labels)
    assert (dataset.PatientSex, dataset.PatientBirthDate, dataset.StudyDate) == ("", "", "")
    assert str(dataset.PatientName) == "M\xfcller"
    assert dataset.StudyTime == SECRET["StudyTime"]


def test_two_names_and_an_age_that_is_none_are_left_out(tmp_path):
    wrong = {"PatientName": ["Roe^Jane", "Poe^Ann"], "AccessionNumber": ["1", "2"]}
    source, labels, _ = make_case(tmp_path, PatientAge="065Y", **wrong)
    path = source.series.slices[0].path
    path.write_bytes(path.read_bytes().replace(b"065Y", b"65.0"))
    dataset = write(tmp_path, replace(source, patient="source"), labels)
    assert (dataset.PatientName, dataset.AccessionNumber) == ("", "")
    assert "PatientAge" not in dataset
    assert dataset.PatientID == SECRET["PatientID"]


def test_the_same_masks_are_the_same_object_and_others_are_not(tmp_path):
    source, labels, _ = make_case(tmp_path)
    one, again = write(tmp_path, source, labels), write(tmp_path, source, labels)
    assert one.SOPInstanceUID == again.SOPInstanceUID
    changed = labels.labels.copy()
    changed[2, 3, 2] = 0
    other = write(tmp_path, source, LabelMap(changed, labels.affine))
    assert other.SOPInstanceUID != one.SOPInstanceUID
    assert other.SeriesInstanceUID == one.SeriesInstanceUID
    tracked = [[s.TrackingUID for s in found.SegmentSequence] for found in (one, other)]
    assert tracked[0] == tracked[1]


def test_what_is_measured_is_a_second_object_of_the_series(tmp_path):
    source, labels, _ = make_case(tmp_path)
    bodies = write(tmp_path, source, labels)
    measured = write(tmp_path, source, labels, region="trabecular")
    assert measured.SeriesInstanceUID == bodies.SeriesInstanceUID
    assert measured.SOPInstanceUID != bodies.SOPInstanceUID
    assert (bodies.InstanceNumber, measured.InstanceNumber) == (1, 2)
    segment = measured.SegmentSequence[1]
    assert segment.SegmentLabel == "L1 trabecular region"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "3138006"
    assert segment.TrackingUID != bodies.SegmentSequence[1].TrackingUID


def test_a_multi_frame_object_is_named_with_the_frame(tmp_path):
    write_enhanced(tmp_path / "ct" / "x", [body((6, 12, 10))], FrameOfReferenceUID="1.2.3.4.77")
    (study,) = index_export(tmp_path / "ct", key=b"test")
    (enhanced,) = study.series
    volume = read_volume(enhanced)
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[4:9, 5:12, 1:5] = V.L4
    source = SegmentationSource(study=study, series=enhanced)
    dataset = write(tmp_path, source, LabelMap(labels, volume.affine))
    np.testing.assert_array_equal(read_back(dataset, volume.affine, labels.shape), labels)
    (named,) = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert named.ReferencedSOPInstanceUID == enhanced.slices[0].sop_instance_uid
    frames = [
        int(frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber)
        for frame in dataset.PerFrameFunctionalGroupsSequence
    ]
    assert sorted(frames) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("region", "patient", "levels"),
    [("body", "pseudonym", 3), ("trabecular", "source", 3), ("body", "source", 1)],
)
def test_a_validator_of_the_standard_finds_no_error(tmp_path, region, patient, levels):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy of dicom3tools is not installed")
    source, labels, _ = make_case(tmp_path, axes=oblique())
    if levels == 1:
        labels = LabelMap(np.where(labels.labels == V.L1, labels.labels, 0), labels.affine)
    write(tmp_path, replace(source, patient=patient), labels, region=region)
    done = subprocess.run(
        ["dciodvfy", tmp_path / "segmentation.dcm"], capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).splitlines()
    assert "Segmentation" in said
    assert not [line for line in said if line.startswith("Error")]


@pytest.mark.parametrize(
    ("labels", "message"),
    [(0, "needs a labelled vertebra"), (27, r"must be numbers of VerSe, found \[27\]")],
)
def test_labels_that_are_no_levels_are_refused(tmp_path, labels, message):
    source, good, _ = make_case(tmp_path)
    with pytest.raises(ValueError, match=message):
        write(tmp_path, source, LabelMap(np.full_like(good.labels, labels), good.affine))


def test_images_without_uids_cannot_be_referred_to(tmp_path):
    source, labels, _ = make_case(tmp_path)
    assert segmentation_obstacle(source.series) is None
    first, *others = source.series.slices
    series = replace(source.series, slices=(replace(first, sop_instance_uid=""), *others))
    assert "some of this series have none" in segmentation_obstacle(series)
    with pytest.raises(ValueError, match="some of this series have none"):
        write(tmp_path, replace(source, series=series), labels)


def test_images_without_a_frame_of_reference_are_refused(tmp_path):
    source, labels, _ = make_case(tmp_path, FrameOfReferenceUID=None)
    with pytest.raises(IrregularGeometry, match="expected a frame of reference"):
        write(tmp_path, source, labels)


def test_a_nifti_file_cannot_be_referred_to(tmp_path):
    write_label_map(tmp_path / "ct.nii.gz", np.ones((8, 8, 8), np.int16), np.eye(4))
    (study,) = index_export(tmp_path, key=b"test")
    assert "NIfTI" in segmentation_obstacle(study.series[0])
