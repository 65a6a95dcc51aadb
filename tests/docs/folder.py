"""What lies in a page's folder before its first command: small inputs for its reader's own."""

import csv
import os
import shutil
from pathlib import Path

from openpyxl import Workbook

from tests.docs.checking import ROOT
from tests.docs.walking import ctbone

#: Six patients in coarse slices.
_SIMULATE = (
    *("simulate", "--patients", "6", "--seed", "3", "--matrix", "96", "--pixel_mm", "3.2"),
    *("--regions", "lumbar", "--workers", "1"),
    *("--second_series_fraction", "0", "--broken_fraction", "0"),
)

#: Two patients in each split that pages read.
_SPLITS = ("train", "validation", "internal_test") * 2

_POPULATION = """
name: walk_{sex}
version: 1
quantity: bmd_mg_cm3
phantom: k2hpo4
levels: [L1, L2]
sex: {sex}
young_mean: 170
young_sd: 25
mean_by_age: {{20: 170, 50: 130, 95: 75}}
sd_by_age: {{20: 25, 50: 28, 95: 28}}
population: nobody
source: made up for the walk
verified: nothing
"""

#: Pages that make what they need.
_FROM_NOTHING = ("docs/tutorials/", "docs/python.md")

_LINE = """slope_mg_cm3_per_hu: 0.8
intercept_mg_cm3: 2.0
phantom: k2hpo4
scanner: any
kvp: 120
source: made up for the walk
residual_sd_mg_cm3: 5.0
pairs: 40
"""

_PUBLISHED = """study,target,tp,fp,fn,tn
Ames 2019,osteoporosis,40,12,8,140
Bell 2020,osteoporosis,55,20,5,160
Cole 2021,osteoporosis,31,4,9,88
Dunn 2022,osteoporosis,72,15,11,202
Egan 2023,osteoporosis,18,9,2,61
"""


def prepare(folder: Path) -> None:
    """Make the inputs that pages share: an export, its tables, and a run over it."""
    simulated = folder / "simulated"
    ctbone([*_SIMULATE, "--out", str(simulated)])
    _split(simulated / "cohort.csv", folder / "cohort.csv")
    _spreadsheets(folder)
    screening = ["--export", str(simulated / "export"), "--out", str(folder / "screening")]
    ctbone(["screen", *screening, "--workers", "0"])
    _small_files(folder)


def lay_out(page: str, inputs: Path, folder: Path) -> None:
    """Give a page its folder: those of the checkout by name, and the inputs that it may use."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("configs", "ctbone", "scripts", "benchmarks"):
        folder.joinpath(name).symlink_to(ROOT / name)
    if page.startswith(_FROM_NOTHING):
        return
    folder.joinpath("simulated").symlink_to(inputs / "simulated")
    folder.joinpath("export").symlink_to(inputs / "simulated" / "export")
    folder.joinpath("case7").symlink_to(next(inputs.glob("simulated/export/*/*")))
    for path in inputs.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    if page in {"docs/report.md", "docs/trust.md"}:
        shutil.copytree(inputs / "screening", folder / "out" / "screening")


def copy_checkout(folder: Path) -> None:
    """Put the tracked files that a change of the code touches into a folder of its own."""
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("ctbone", "configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copytree(ROOT / "tests" / "networks", folder / "tests" / "networks", ignore=ignored)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, folder / name)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _split(source: Path, target: Path) -> None:
    """Copy a cohort with a split for each patient, however chance had it."""
    rows = _rows(source)
    for row, split in zip(rows, _SPLITS, strict=True):
        row["split"] = split
    _write(target, rows)


def _spreadsheets(folder: Path) -> None:
    """Write tables as configs/cohort/three-sites.yaml reads them, about the patients."""
    rows = _rows(folder / "cohort.csv")
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["MRN", "Exam date", "Sex", "BMD L1", "BMD L2", "Hardware"])
    for row in rows[:2]:
        density = float(row["bmd_mg_cm3"]) / 1000
        sheet.append([row["patient_id"], row["study_date"], row["sex"], density, density, "no"])
    workbook.save(folder / "north.xlsx")
    east = [_german(row) for row in rows[2:4]]
    with (folder / "east.csv").open("w", newline="", encoding="cp1252") as file:
        writer = csv.DictWriter(file, list(east[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(east)
    _write(folder / "south.csv", [_american(row) for row in rows[4:]])


def _german(row: dict[str, str]) -> dict[str, str]:
    year, month, day = row["study_date"].split("-")
    return {
        "Patientennummer": row["patient_id"],
        "Untersuchung": f"{day}.{month}.{year}",
        "Geschlecht": "w" if row["sex"] == "F" else "m",
        "Geburtsdatum": "",
        "BMD": "0,9",
        "T-Wert LWS": "-1,5",
        "T-Wert Hüfte": "-1,2",
        "Befund": "",
        "Kontrastmittel": "nein",
    }


def _american(row: dict[str, str]) -> dict[str, str]:
    year, month, day = row["study_date"].split("-")
    return {
        "PatientID": row["patient_id"],
        "Accession": "",
        "DXA date": f"{month}/{day}/{year}",
        "Age": row["age_years"],
        "T-score": "-2.7",
    }


def _small_files(folder: Path) -> None:
    (folder / "site.key").write_bytes(os.urandom(32))
    (folder / "published.csv").write_text(_PUBLISHED)
    for name, sex in (("women", "F"), ("men", "M")):
        (folder / f"{name}.yaml").write_text(_POPULATION.format(sex=sex))
    first = _rows(folder / "screening" / "results.csv")[0]
    review = {"study_uid": first["study_uid"], "verdict": "accept", "relabel": "", "note": ""}
    _write(folder / "review.csv", [review | {"reviewer": "AB", "reviewed_on": "2026-01-30"}])
    for name in ("line", "scanner"):
        (folder / f"{name}.yaml").write_text(_LINE)
    shutil.copy(ROOT / "configs" / "cohort" / "three-sites.yaml", folder)
