from collections import defaultdict
from pathlib import Path

import pytest

from ctbone.phantom import SimulateConfig
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.headers import SeriesHead, Visit, series_dataset
from ctbone.phantom.export.vendors import VENDORS
from ctbone.phantom.export.visits import at_visit
from tests.phantom.export.conftest import SITES, objects_of


@pytest.fixture(scope="module")
def headers(everything):
    return [header for _, header in objects_of(everything.out / "export")]


def test_every_object_has_its_own_name_under_2_25(headers):
    uids = {header.SOPInstanceUID for header in headers}
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in uids)
    # Some slices are stored twice, and are the same object.
    assert 0 < len(headers) - len(uids) < 10


def test_each_site_writes_as_its_maker_does(headers):
    makers = {site.name: VENDORS[site.maker] for site in SITES}
    kinds = defaultdict(set)
    for header in headers:
        vendor = makers[header.InstitutionName]
        assert header.Manufacturer == vendor.manufacturer
        if header.Modality != "CT" or "ConvolutionKernel" not in header:
            continue
        kinds[header.InstitutionName].add(header.ConvolutionKernel)
        assert header.ConvolutionKernel in vendor.kernels.values()
        assert header.PixelRepresentation == int(vendor.is_signed)
        assert header.PixelPaddingValue == vendor.padding
        assert header.RescaleIntercept == vendor.intercept
        assert float(header.DataCollectionDiameter) >= float(
            header.get("ReconstructionDiameter", 0)
        )
        assert header.SpiralPitchFactor == vendor.pitch
        assert header.Exposure == round(header.XRayTubeCurrent * header.ExposureTime / 1000.0)
        block = header.private_block(vendor.private.group, vendor.private.creator)
        assert all(offset in block for offset, _, _ in vendor.private.elements)
    assert any(len(found) > 1 for found in kinds.values())


def test_contrast_is_in_the_header_where_it_is_in_the_patient(headers, truths):
    phases = {
        series["series_uid"]: series["phase"]
        for truth in truths.values()
        for series in truth["series"]
    }
    seen = set()
    for header in headers:
        phase = phases.get(header.SeriesInstanceUID)
        if phase is None:
            continue
        seen.add(phase)
        assert ("ContrastBolusAgent" in header) == (phase != "none")
        if phase != "none":
            assert float(header.ContrastBolusStartTime) < float(header.AcquisitionTime)
    assert len(seen) >= 2


def test_acquisitions_of_a_study_differ_in_number_and_time(headers, truths):
    scans = defaultdict(set)
    for header in headers:
        if header.get("ImageType", [""] * 3)[2] == "AXIAL":
            scans[header.StudyInstanceUID].add((int(header.AcquisitionNumber), header.SeriesTime))
    for uid, truth in truths.items():
        expected = {series["acquisition"] for series in truth["series"]}
        assert {number for number, _ in scans[uid]} == expected
        assert len({time for _, time in scans[uid]}) == len(expected)
    assert max(len(found) for found in scans.values()) == 2


def test_a_patient_is_the_same_person_in_every_study(everything, headers, truths):
    people = defaultdict(set)
    for header in headers:
        person = (header.PatientName, header.PatientSex, header.PatientBirthDate)
        people[header.PatientID].add(person)
        assert int(header.PatientAge[:3]) == truths[header.StudyInstanceUID]["age_years"]
    assert all(len(found) == 1 for found in people.values())
    assert len(people) == everything.patients < len(truths)


def test_every_follow_up_is_of_who_was_born_on_the_same_day(patient):
    config = SimulateConfig(out=Path("unused"), follow_up_fraction=1.0)
    days = set()
    for index in range(60):
        first, second = (
            series_dataset(Visit(plan, at_visit(patient, plan)), SeriesHead("2.25.1", 1, "any"))
            for plan in plan_patient(config, index)
        )
        assert first.PatientBirthDate == second.PatientBirthDate
        for header in (first, second):
            born, now = header.PatientBirthDate, header.StudyDate
            age = int(now[:4]) - int(born[:4]) - (now[4:] < born[4:])
            assert age == int(header.PatientAge[:3])
        days.add(first.PatientBirthDate[4:])
    assert len(days) > 40
