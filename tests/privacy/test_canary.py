"""What names a patient stands in no output, but for those that are marked as identifying."""

import base64
import csv
import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from pydicom import dcmread

from ctbone.localisation.masks.segmentation_source import CARRIED as OBJECTS
from tests.privacy.conftest import KEY
from tests.privacy.planting import BIRTH_DATE, SCREENED, canary, planted_text
from tests.privacy.searching import CATALOGUE, left_behind, names_in, unpacked

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"

SHEET = (
    "{standard: DXA, date_style: iso, columns: "
    "{patient_id: Patient, date: Date, t_score: [T], birth_date: Born}}"
)

#: What an archive files an object by, and no more: docs/privacy.md says the same.
CARRIED = {
    "AccessionNumber",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "ReferringPhysicianName",
    "IssuerOfPatientID",
    "StudyID",
}

#: What `receive` and `fetch` keep as it comes: no command here talks to an archive.
RECEIVED = {"objects/*.dcm"}


@pytest.fixture(scope="module")
def site(make_site):
    return make_site()


@pytest.fixture(scope="module")
def ran(site):
    """Every command that reads an export, or what another made of it; return the exit codes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(site.root)
        return {name: site.run(*words) for name, words in _commands(site).items()}


def _commands(site):
    key = ("--site_key", site.key)
    given = ("--export", site.export, "--masks", site.masks, "--workers", 0)
    (site.root / f"{canary('sheet')}.csv").write_text(
        f"Patient,Date,T,Born,Note\n{canary('PatientID')},2024-03-01,-2.7,1952-11-23,"
        f"{canary('note')}\n{canary('nobody')},2024-03-01,-1.0,1952-11-23,{canary('note')}\n"
    )
    labels = site.root / f"{canary('sheet')}.csv"
    out = site.root / "runs"
    split = ("--split.train", 0, "--split.validation", 0, "--split.internal_test", 1)
    screened = out / "pseudonym"
    return {
        "index": ("index", "--export", site.export, "--out", out / "index", *key),
        "localise": (
            "localise", "--export", site.export, "--out", out / "localise", "--masks", site.masks,
            "--dicom_seg", "pseudonym", *key,
        ),
        "screen": (
            "screen", *given, "--out", screened, *key, "--deliver_patient", "pseudonym",
            "--deliver", "sr", "seg", "capture", "pdf", "fhir", "--deliver_rejected", "true",
        ),
        "screen for an archive": (
            "screen", *given, "--out", site.root / "named", *key, "--deliver", "sr", "seg", "pdf",
            "--pictures", "false",
        ),
        "cohort": (
            "cohort", "--export", site.export, "--labels", labels, "--out", out / "cohort", *key,
            "--sheets", f"[{SHEET}]", *split,
        ),
        "evaluate": (
            "evaluate", "--results", screened / "results.csv", "--cohort",
            out / "cohort" / "cohort.csv", "--out", out / "evaluate", "--bootstrap", 0,
            "--figures", "false",
        ),
        "report": ("report", "--run", out),
        "no masks": (
            "screen", "--export", site.export, "--masks", site.key, "--out", out / "x",
            "--workers", 0,
        ),
        "no export": ("index", "--export", out / "index" / "run.json", "--out", out / "y"),
    }  # fmt: skip


def _rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_commands_got_as_far_as_there_is_something_to_leak(site, ran):
    refused = {name for name, code in ran.items() if code}
    assert refused == {"no masks", "no export"}
    runs = site.root / "runs"
    status = {r["study_uid"]: r["status"] for r in _rows(runs / "pseudonym" / "results.csv")}
    assert status.pop(SCREENED) == "screened"
    assert len(status) > 3
    assert set(status.values()) == {"rejected"}
    assert [row["study_uid"] for row in _rows(runs / "cohort" / "cohort.csv")] == [SCREENED]
    assert (runs / "localise" / "masks" / f"{SCREENED}.nii.gz").is_file()


def test_the_search_finds_what_was_planted(site, ran):
    catalogue = (site.root / "runs" / "index" / "catalogue.sqlite3").read_bytes()
    assert names_in(catalogue)
    assert names_in(canary("x").upper().encode("utf-16"))
    assert names_in(BIRTH_DATE.encode())


def test_no_output_but_the_catalogue_names_a_patient(site, ran):
    found = {
        name: names
        for folder in ("runs", "named")
        for name, content in left_behind(site.root / folder)
        if Path(name).name not in CATALOGUE and not (folder == "named" and name[-4:] == ".dcm")
        if (names := names_in(content))
    }
    assert found == {}


def test_objects_for_an_archive_carry_what_it_files_them_by_alone(site, ran):
    paths = sorted((site.root / "named").rglob("*.dcm"))
    assert paths
    carried = set()
    for path in paths:
        for element in dcmread(path).iterall():
            if element.VR != "SQ" and names_in(str(element.value).encode()):
                carried.add(element.keyword)
    assert carried == CARRIED


def test_objects_of_a_pseudonym_have_of_their_patient_what_is_said(site, ran):
    image = dcmread(next((site.root / "export" / canary("folder")).iterdir()))
    paths = sorted((site.root / "runs" / "pseudonym").glob(f"dicom/{SCREENED}/*.dcm"))
    assert paths
    for path in paths:
        found = dcmread(path)
        same = {k for k in OBJECTS["source"] if image.get(k) and found.get(k) == image[k].value}
        assert same == set(OBJECTS["pseudonym"])


def test_nothing_that_is_said_names_a_patient(site, ran):
    said = "\n".join(site.heard)
    assert "Results:" in said
    assert "ctbone: " in said
    assert not names_in(said.encode())


def test_the_site_key_is_written_nowhere(site, ran):
    forms = (KEY, KEY.hex().encode(), KEY.hex().upper().encode(), base64.b64encode(KEY)[:-4])
    for name, content in left_behind(site.root / "runs"):
        assert not [form for form in forms if form in content], name
    assert not [
        form for form in forms if form in "\n".join(site.heard).encode("latin-1", "replace")
    ]


@pytest.mark.parametrize("folder", ["runs/pseudonym", "named", "runs/cohort"])
def test_the_report_of_a_run_tells_which_of_its_files_name_a_patient(site, ran, folder):
    out = site.root / folder
    record = json.loads((out / "privacy.json").read_text())
    told = {row["files"]: row for row in record["files"]}
    paths = [path for path in out.rglob("*") if path.is_file()]
    assert sum(row["count"] for row in told.values()) == len(paths)
    assert "others" not in told
    for path in paths:
        name = path.relative_to(out).as_posix()
        row = next(row for kind, row in told.items() if fnmatch(name, kind))
        is_named = any(names_in(content) for content in unpacked(path.read_bytes()))
        assert row["names_patients"] or not is_named, name
    assert record["key"] == {"kind": "given by the site", "kept_in": None}
    assert set(record["copied_into_dicom_objects"]) >= (CARRIED if folder == "named" else set())


def test_the_report_of_a_run_counts_what_it_met(site, ran):
    out = site.root / "runs" / "pseudonym"
    rows, record = _rows(out / "results.csv"), json.loads((out / "privacy.json").read_text())
    counts = record["counts"]
    assert counts["studies"] == len(rows)
    assert counts["patients"] == len({row["patient_id"] for row in rows})
    assert counts["series_of_which_manufacturer_was_cut"] >= 2
    assert counts["series_of_which_kernel_was_cut"] >= 2
    fields = record["header_values"]
    assert {"DeviceSerialNumber", "StationName"} < set(fields["in_the_pseudonym_of_the_scanner"])
    assert "PatientBirthDate" in fields["read_and_not_written"]
    assert "PatientName" not in {word for words in fields.values() for word in words}


def test_a_scanner_is_told_apart_by_what_names_it_nowhere(site, ran):
    assert planted_text().keys() >= {"DeviceSerialNumber", "StationName"}
    rows = _rows(site.root / "runs" / "pseudonym" / "results.csv")
    (scanner,) = [row["scanner"] for row in rows if row["study_uid"] == SCREENED]
    assert re.fullmatch("siemens-[0-9a-f]{6}", scanner)


def test_pseudonyms_follow_from_the_key(site, ran):
    runs = site.root / "runs"
    first = {r["study_uid"]: r["patient_id"] for r in _rows(runs / "index" / "studies.csv")}
    second = {r["study_uid"]: r["patient_id"] for r in _rows(runs / "pseudonym" / "results.csv")}
    assert first == second
    assert all(re.fullmatch("[0-9a-f]{16}", pseudonym) for pseudonym in first.values())
    assert len(set(first.values())) < len(first)
    site.run("index", "--export", site.export, "--out", site.root / "other")
    third = {r["study_uid"]: r["patient_id"] for r in _rows(site.root / "other" / "studies.csv")}
    assert not set(third.values()) & set(first.values())


def _table():
    """Return the kinds of file that the documentation lists, and whom it says that they name."""
    found = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1]
    return found


def test_the_documentation_lists_every_output_and_whom_it_names(site, ran):
    table = _table()
    met = set()
    for folder in ("runs", "named"):
        for path in sorted((site.root / folder).rglob("*")):
            if path.is_file():
                name = path.relative_to(site.root / folder).as_posix()
                told = next((kind for kind in table if fnmatch(f"/{name}", f"*/{kind}")), None)
                assert told, f"docs/privacy.md does not list {name}"
                met.add(told)
                names = any(names_in(content) for content in unpacked(path.read_bytes()))
                assert not names or table[told].startswith("**the patient**"), name
    assert set(table) == met | RECEIVED
