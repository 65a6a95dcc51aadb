"""The structured report says what results.csv and vertebrae.csv say, and files beside the CT."""

import csv
from dataclasses import replace

import pydicom
import pytest
from highdicom.seg import segread
from highdicom.sr import srread
from pydicom.sr.codedict import codes as dicom
from pydicom.sr.coding import Code

from ctbone.delivery.codes import HOUNSFIELD, MG_CM3, OWN
from ctbone.delivery.wording import CAVEAT
from ctbone.errors import Reason
from ctbone.ingest import index_export
from ctbone.interchange import OUTCOME_FILES, result_cells, to_row, vertebra_cells, write_rows
from ctbone.records import Flag, Rejection
from tests.delivery.conftest import IDENTITY, delivery
from tests.ingest.stacks import body, write_stack
from tests.ingest.test_frames import write_enhanced


def find(out, kind):
    (path,) = out.glob(f"dicom/*/*-{kind}.dcm")
    return path


def numbers(group):
    """Return value and unit of each measurement of a group, by name and derivation."""
    return {
        (item.name.meaning, item.derivation.meaning if item.derivation else ""): (
            item.value,
            item.unit.value,
        )
        for item in group.get_measurements()
    }


def comments(dataset):
    return [
        item.TextValue
        for item in dataset.ContentSequence
        if item.ConceptNameCodeSequence[0].CodeMeaning == "Comment"
    ]


def tables(folder, result):
    """Write the tables as a run does, and return the row of the study and those of its levels."""
    write_rows(folder / "r.csv", OUTCOME_FILES["results.csv"], [result_cells(to_row(result))])
    write_rows(folder / "v.csv", OUTCOME_FILES["vertebrae.csv"], vertebra_cells(result))
    with (folder / "r.csv").open() as one, (folder / "v.csv").open() as other:
        (row,) = csv.DictReader(one)
        return row, list(csv.DictReader(other))


def test_highdicom_reads_back_the_numbers_of_the_tables(screened, delivered, tmp_path):
    report = srread(find(delivered, "report"))
    row, levels = tables(tmp_path, screened.result)
    (patient,) = report.content.get_image_measurement_groups()
    density = "Volumetric trabecular bone mineral density"
    assert numbers(patient)[density, ""] == (float(row["bmd_mg_cm3"]), MG_CM3.value)
    for side in ("lower", "upper"):
        name = f"{side.title()} limit of the 90 % interval of volumetric BMD"
        assert numbers(patient)[name, ""][0] == float(row[f"bmd_{side}_mg_cm3"])
    groups = report.content.get_volumetric_roi_measurement_groups()
    assert len(groups) == len(levels) == 2
    for group, cells in zip(groups, levels, strict=True):
        assert group.finding_sites[0].value.meaning == f"{cells['level']} vertebra"
        found = numbers(group)
        assert found[density, ""] == (float(cells["bmd_mg_cm3"]), "mg/cm3")
        attenuation = found["Attenuation Coefficient", "Mean"]
        assert attenuation == (float(cells["trabecular_hu"]), HOUNSFIELD.value)
        assert found["Volume", ""] == (float(cells["trabecular_volume_mm3"]), "mm3")


def test_levels_refer_to_their_segments_by_number_and_tracking(delivered):
    report = srread(find(delivered, "report"))
    regions = segread(find(delivered, "trabecular"))
    for group in report.content.get_volumetric_roi_measurement_groups():
        named = group.referenced_segment[0]
        (reference,) = named.ReferencedSOPSequence
        assert reference.ReferencedSOPInstanceUID == regions.SOPInstanceUID
        segment = regions.SegmentSequence[int(reference.ReferencedSegmentNumber) - 1]
        assert segment.TrackingUID == group.tracking_uid
        assert segment.SegmentLabel.split()[0] == group.tracking_identifier.split()[0]
        site = group.finding_sites[0].value.value
        assert segment.AnatomicRegionSequence[0].CodeValue == site


def test_the_category_is_the_tests_own_and_no_disease(screened, delivered):
    (patient,) = srread(find(delivered, "report")).content.get_image_measurement_groups()
    said = {e.name.value: e.value for e in patient.get_qualitative_evaluations()}
    assert said["CATEGORY"] == Code("OSTEOPENIA", OWN, "As in osteopenia")
    assert said["STRADDLES"] == dicom.SCT.No
    algorithm = [i.value for i in patient[0].ContentSequence if i.ValueType == "TEXT"]
    assert {screened.result.model, "sha256 of calibration: " + "cd" * 32} <= set(algorithm)


def test_it_says_what_it_is_worth(delivered):
    dataset = pydicom.dcmread(find(delivered, "report"))
    texts = comments(dataset)
    assert texts[-1] == CAVEAT
    assert "does not rule out low bone density" in CAVEAT
    assert "not a diagnosis" in CAVEAT
    assert any(text.startswith("Category: osteopenia, by rule acr_qct") for text in texts)
    assert (dataset.VerificationFlag, dataset.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")


def test_every_image_of_the_series_is_in_its_library_and_its_evidence(screened, delivered):
    dataset = pydicom.dcmread(find(delivered, "report"))
    named = {item.sop_instance_uid for item in screened.series.slices}
    (library,) = [
        item
        for item in dataset.ContentSequence
        if item.ConceptNameCodeSequence[0].CodeMeaning == "Image Library"
    ]
    images = [i for i in library.ContentSequence[0].ContentSequence if i.ValueType == "IMAGE"]
    assert {i.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for i in images} == named
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence
    assert study.StudyInstanceUID == screened.study.study_uid
    series = {s.SeriesInstanceUID: s.ReferencedSOPSequence for s in study.ReferencedSeriesSequence}
    found = {one.ReferencedSOPInstanceUID for one in series.pop(screened.series.series_uid)}
    assert found == named
    ((regions,),) = series.values()
    assert (
        regions.ReferencedSOPInstanceUID == segread(find(delivered, "trabecular")).SOPInstanceUID
    )


@pytest.mark.parametrize("kind", ["report", "body", "trabecular", "capture", "page"])
def test_every_object_files_under_patient_and_study_of_the_images(screened, delivered, kind):
    dataset = pydicom.dcmread(find(delivered, kind))
    for keyword, value in IDENTITY.items():
        assert dataset[keyword].value == value, keyword
    assert dataset.StudyInstanceUID == screened.study.study_uid
    content = find(delivered, kind).read_bytes()
    assert not [word for word in (b"Abdomen", b"axial", b"Clinic") if word in content]


def test_without_a_segmentation_levels_refer_to_none(screened, tmp_path):
    made = delivery(tmp_path, wanted=("sr",))
    assert made(screened.study, screened.series, screened.volume, screened.result) == ()
    report = srread(find(tmp_path, "report"))
    groups = report.content.get_image_measurement_groups()
    assert len(groups) == 3
    assert not report.content.get_volumetric_roi_measurement_groups()


def test_under_a_pseudonym_nothing_names_the_patient(screened, tmp_path):
    made = delivery(tmp_path, wanted=("sr", "pdf"), patient="pseudonym")
    assert made(screened.study, screened.series, screened.volume, screened.result) == ()
    for kind in ("report", "page"):
        dataset = pydicom.dcmread(find(tmp_path, kind))
        assert dataset.PatientID == screened.study.patient_id
        assert dataset.PatientIdentityRemoved == "YES"
        content = find(tmp_path, kind).read_bytes()
        for word in ("Jane^", "HOSP-4711", "19520317", "ACC-99", "20210405", "Edgar"):
            assert word.encode() not in content


def test_what_was_refused_and_is_missing_is_told(screened, tmp_path):
    first, *others = screened.result.vertebrae
    result = replace(
        screened.result,
        estimates=screened.result.estimates[1:],
        vertebrae=(replace(first, reason=Reason.FRACTURE), *others),
        flags=(Flag.ONE_LEVEL_ONLY,),
    )
    made = delivery(tmp_path, wanted=("sr", "seg"))
    assert made(screened.study, screened.series, screened.volume, result) == ()
    dataset = pydicom.dcmread(find(tmp_path, "report"))
    texts = comments(dataset)
    assert "Not measured: L1 (fracture)." in texts
    assert "Flags: one level only." in texts
    groups = srread(find(tmp_path, "report")).content.get_volumetric_roi_measurement_groups()
    assert [g.finding_sites[0].value.meaning for g in groups] == ["L2 vertebra"]


def test_a_t_score_is_told_as_that_expected_of_a_dxa(screened, tmp_path):
    decision = replace(
        screened.result.decision,
        quantity="t_score",
        value=-2.6,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        t_score=-2.6,
        t_score_lower=-3.1,
        t_score_upper=-2.1,
        indeterminate=True,
    )
    levels = [replace(e, bmd_mg_cm3=None, t_score=-2.6) for e in screened.result.estimates]
    result = replace(screened.result, decision=decision, estimates=tuple(levels))
    made = delivery(tmp_path, wanted=("sr",))
    assert made(screened.study, screened.series, screened.volume, result) == ()
    report = srread(find(tmp_path, "report"))
    patient, first, _ = report.content.get_image_measurement_groups()
    found = numbers(patient)
    assert found["T-score expected of a DXA", ""] == (-2.6, "{T-score}")
    assert found["Lower limit of the 90 % interval of that T-score", ""][0] == -3.1
    assert numbers(first)["T-score expected of a DXA", ""][0] == -2.6
    assert not [name for name, _ in found if "BMD" in name or "mineral" in name]
    (straddles,) = patient.get_qualitative_evaluations(Code("STRADDLES", OWN, "any"))
    assert straddles.value == dicom.SCT.Yes


def test_regions_are_those_that_were_measured_and_bodies_all(screened, tmp_path):
    result = replace(screened.result, estimates=screened.result.estimates[1:])
    made = delivery(tmp_path, wanted=("seg",))
    assert made(screened.study, screened.series, screened.volume, result) == ()
    labels = {
        kind: [s.SegmentLabel.split()[0] for s in segread(find(tmp_path, kind)).SegmentSequence]
        for kind in ("body", "trabecular")
    }
    assert labels == {"body": ["L1", "L2"], "trabecular": ["L2"]}


def test_a_rejected_study_says_why(screened, tmp_path):
    made = delivery(tmp_path, of_rejected=True)
    assert made.refuse(screened.study, rejection(screened)) == ()
    report = srread(find(tmp_path, "report"))
    (group,) = report.content.get_image_measurement_groups()
    (said,) = group.get_qualitative_evaluations()
    assert (said.name.value, said.value.value) == ("OUTCOME", "NO-RESULT")
    assert not group.get_measurements()
    texts = comments(report)
    assert texts == ["No result: level uncertain. T12 or L1", CAVEAT]
    assert [path.name for path in tmp_path.glob("dicom/*/*")] == [
        f"{screened.study.study_uid}-report.dcm"
    ]


def rejection(screened):
    return Rejection(
        study_uid=screened.study.study_uid,
        patient_id=screened.study.patient_id,
        reason=Reason.LEVEL_UNCERTAIN,
        detail="T12 or L1",
        stage="locate",
        seconds=1.0,
    )


def test_the_report_of_a_multi_frame_image_refers_to_it(screened, tmp_path):
    write_enhanced(tmp_path / "ct" / "x", [body((6, 12, 10))], FrameOfReferenceUID="1.2.3.4.77")
    (study,) = index_export(tmp_path / "ct", key=b"test")
    made = delivery(tmp_path / "out", wanted=("sr",), of_rejected=True)
    assert made.refuse(study, replace(rejection(screened), study_uid=study.study_uid)) == ()
    dataset = pydicom.dcmread(find(tmp_path / "out", "report"))
    (evidence,) = dataset.CurrentRequestedProcedureEvidenceSequence
    (series,) = evidence.ReferencedSeriesSequence
    (image,) = series.ReferencedSOPSequence
    assert image.ReferencedSOPInstanceUID == study.series[0].slices[0].sop_instance_uid


def test_a_report_is_filed_by_images_without_a_frame_of_reference(screened, tmp_path):
    write_stack(tmp_path / "ct", body((6, 12, 10)), PatientID="X1", FrameOfReferenceUID=None)
    (study,) = index_export(tmp_path / "ct", key=b"test")
    made = delivery(tmp_path / "out", wanted=("sr",), of_rejected=True)
    assert made.refuse(study, replace(rejection(screened), study_uid=study.study_uid)) == ()
    assert pydicom.dcmread(find(tmp_path / "out", "report")).PatientID == "X1"
