import pytest

from tests.phantom.export.conftest import objects_of

_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"


@pytest.fixture(scope="module")
def reports(everything):
    found = [h for _, h in objects_of(everything.out / "export") if h.SOPClassUID == _REPORT]
    assert len(found) >= 3
    return found


def walk(items):
    for item in items:
        yield item
        yield from walk(item.get("ContentSequence", ()))


def named(report, meaning):
    return [
        item for item in walk(report.ContentSequence)
        if item.ConceptNameCodeSequence[0].CodeMeaning == meaning
    ]  # fmt: skip


def number(item):
    return float(item.MeasuredValueSequence[0].NumericValue)


def test_doses_add_up(reports, truths):
    for report in reports:
        truth = truths[report.StudyInstanceUID]
        scans = {series["acquisition"]: series for series in truth["series"]}
        (total,) = named(report, "CT Dose Length Product Total")
        products, doses = named(report, "DLP"), named(report, "Mean CTDIvol")
        lengths = named(report, "Scanning Length")
        (events,) = named(report, "Total Number of Irradiation Events")
        assert len(products) == number(events) == len(scans)
        assert number(total) == pytest.approx(sum(map(number, products)), rel=1e-4)
        for product, dose, length in zip(products, doses, lengths, strict=True):
            assert number(product) == pytest.approx(number(dose) * number(length) / 10.0, rel=1e-4)
            assert 1.0 < number(dose) < 40.0
        assert {number(kv) for kv in named(report, "KVP")} == {s["kvp"] for s in scans.values()}


def test_images_state_the_same_dose(everything, reports):
    stated = {}
    for _, header in objects_of(everything.out / "export"):
        if "CTDIvol" in header:
            stated.setdefault(header.StudyInstanceUID, set()).add(header.CTDIvol)
    for report in reports:
        found = {round(number(dose), 2) for dose in named(report, "Mean CTDIvol")}
        assert sorted(found) == pytest.approx(sorted(stated[report.StudyInstanceUID]), abs=0.011)


def test_a_report_is_of_its_study_and_no_image(reports):
    for report in reports:
        assert report.Modality == "SR"
        assert "Rows" not in report
        (scope,) = named(report, "Study Instance UID")
        assert report.StudyInstanceUID == scope.UID
