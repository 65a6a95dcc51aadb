from collections import defaultdict

import pytest

from ctbone.phantom.export.vendors import VENDORS
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


def test_a_patient_is_the_same_person_in_every_study(headers, truths):
    people = defaultdict(set)
    for header in headers:
        people[header.PatientID].add((header.PatientName, header.PatientSex))
        assert int(header.PatientAge[:3]) == truths[header.StudyInstanceUID]["age_years"]
    assert all(len(found) == 1 for found in people.values())
    assert len(people) == 8 < len(truths)
