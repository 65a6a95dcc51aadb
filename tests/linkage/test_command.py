"""From spreadsheets and DICOM files to a cohort that the other commands read."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from ctbone.cli import main
from ctbone.cohort import read_cohort
from ctbone.delimited import read_rows, write_rows
from ctbone.errors import NothingUsable
from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.ingest import index_export
from ctbone.interchange import result_cells
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.linkage import CohortConfig, Columns, SplitRule, cohort
from ctbone.linkage.command import PAGE, README
from ctbone.mappings import read_mapping
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig
from ctbone.resources import config_path
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.gathering import _usable
from tests.evaluation.conftest import make_result
from tests.linkage.conftest import CANARY, make_sheet
from tests.linkage.test_spreadsheets import write_book

DXA = f"""PatientID;Name;Date;Sex;Birth;T;Report
{CANARY}1;{CANARY};12.01.2024;F;01.01.1953;-2,6;{CANARY}
{CANARY.lower()}1;{CANARY};05.03.2024;F;01.01.1953;-2,4;{CANARY}
{CANARY}2;{CANARY};10.01.2024;F;01.01.1953;;{CANARY}
77;{CANARY};20.01.2024;M;{CANARY};-1,1;{CANARY}
{CANARY}9;{CANARY};20.01.2024;M;01.01.1953;-1,1;{CANARY}
"""

QCT = [
    ["MRN", "Exam", "BMD", CANARY],
    [f"{CANARY}3", date(2024, 1, 30), 0.15, CANARY],
    [f"{CANARY}4", date(2024, 1, 30), 0.15, CANARY],
    [f"{CANARY}2", date(2024, 9, 1), 0.09, CANARY],
    [77, date(2024, 1, 21), 0.1, CANARY],
]


@pytest.fixture
def config(export, tmp_path):
    dxa, qct = tmp_path / f"{CANARY}.csv", tmp_path / f"{CANARY}.xlsx"
    dxa.write_text(DXA)
    key = tmp_path / "key"
    key.write_text("secret words")
    columns = Columns(
        patient_id="PatientID", date="date", sex="sex", birth_date="birth", t_score=("t",)
    )
    volumes = Columns(patient_id="mrn", date="exam", bmd=("BMD",))
    return CohortConfig(
        export=export,
        labels=(dxa, write_book(qct, QCT)),
        out=tmp_path / "out",
        sheets=(
            make_sheet(columns=columns, date_style="day_first", site="north"),
            make_sheet(
                standard="QCT",
                columns=volumes,
                bmd_unit="g/cm3",
                site="south",
                patient_id_digits=4,
            ),
        ),
        site_key=key,
        split=SplitRule(train=0.5, validation=0.5, internal_test=0.0, external_sites=("south",)),
    )


def test_an_export_and_two_spreadsheets_become_a_cohort(config, capsys):
    cohort(config)
    rows = {row.study_uid: row for row in read_cohort(config.out / "cohort.csv")}
    assert {uid: (row.reference_standard, row.category.value) for uid, row in rows.items()} == {
        "1.2.3.1": ("DXA", "osteoporosis"),
        "1.2.3.2": ("DXA", "osteopenia"),
        "1.2.3.4": ("QCT", "normal"),
        "1.2.3.6": ("QCT", "osteopenia"),
    }
    assert rows["1.2.3.1"].patient_id == rows["1.2.3.2"].patient_id
    assert rows["1.2.3.4"].split == rows["1.2.3.6"].split == "external_test"
    assert (rows["1.2.3.4"].bmd_mg_cm3, rows["1.2.3.4"].age_years) == (150.0, 71.0)
    left = {
        (cells["kind"], cells["study_uid"] or f"{cells['file']}:{cells['line']}"): (
            cells["reason"],
            cells["days"],
        )
        for _, cells in read_rows(config.out / "unmatched.csv")
    }
    assert left == {
        ("row", "1:4"): ("no_result", ""),
        ("row", "1:5"): ("unreadable_date", ""),
        ("row", "1:6"): ("no_such_patient", ""),
        ("row", "2:3"): ("study_not_readable", ""),
        ("row", "2:4"): ("no_study_in_window", "235"),
        ("study", "1.2.3.3"): ("no_reference_in_window", "235"),
        ("study", "1.2.3.5"): ("study_not_readable", ""),
    }
    run = json.loads((config.out / "run.json").read_text())
    assert run["counts"]["rows"] == 9 == 4 + sum(kind == "row" for kind, _ in left)
    assert run["counts"]["studies"] == 6
    assert run["config"]["labels"] == ["spreadsheet 1", "spreadsheet 2"]
    assert "no_such_patient" in capsys.readouterr().out
    assert {(PAGE, True), (README, True), ("figures/flow.svg", True)} == {
        (name, (config.out / name).is_file()) for name in (PAGE, README, "figures/flow.svg")
    }


def test_no_name_identifier_birth_date_text_or_path_is_in_any_output(config, capfd, caplog):
    cohort(config)
    written = {p.name: p.read_bytes() for p in config.out.rglob("*") if p.is_file()}
    said = capfd.readouterr()
    written["terminal"] = f"{said.out}{said.err}{caplog.text}".encode()
    assert len(written) > 8
    for name, content in written.items():
        for secret in (CANARY, CANARY.lower(), "0077", "1953", "secret words"):
            assert secret.encode() not in content, (name, secret)
    # A file named by its owner, of which only the command line knows.
    assert not any(CANARY in name for name in written)


def test_a_refusal_tells_nothing_either(config, capsys):
    config.labels[0].write_text(DXA.replace("12.01.2024", f"{CANARY} 12"))
    options = [f"--{name}={getattr(config, name)}" for name in ("export", "out", "site_key")]
    columns = '{"date": "date", "patient_id": "PatientID", "t_score": ["t"]}'
    sheets = f'[{{"standard": "DXA", "columns": {columns}}}]'
    with pytest.raises(SystemExit) as stop:
        main(["cohort", *options, f"--labels={config.labels[0]}", f"--sheets={sheets}"])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "spreadsheet 1, line 2: expected date in ISO 8601" in said
    assert CANARY not in said


def test_a_patient_at_an_external_site_and_another_is_an_error(config, capsys, monkeypatch):
    leaking = [*QCT, [f"{CANARY}1", date(2024, 1, 1), 0.1, CANARY]]
    write_book(config.labels[1], leaking)
    # As the command line calls it, but for the words that lead to the same configuration.
    monkeypatch.setattr("ctbone.cli._configuration", lambda *_: config)
    with pytest.raises(SystemExit) as stop:
        main(["cohort"])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert said.startswith("ctbone: a patient must be in one split: spreadsheet 1, line 2 and")
    assert CANARY not in said
    assert json.loads((config.out / "run.json").read_text())["exit_code"] == 1


def test_the_pseudonyms_are_those_of_the_other_commands(config):
    cohort(config)
    studies = index_export(config.export, key=b"secret words")
    known = {study.study_uid: study.patient_id for study in studies}
    for row in read_cohort(config.out / "cohort.csv"):
        assert row.patient_id == known[row.study_uid]


def test_the_same_again_gives_the_same_bytes(config):
    cohort(config)
    names = ("cohort.csv", "unmatched.csv", "links.csv", PAGE, README, "figures/flow.svg")
    first = {name: (config.out / name).read_bytes() for name in names}
    cohort(config)
    assert {name: (config.out / name).read_bytes() for name in names} == first


def test_evaluate_reads_the_cohort(config, tmp_path):
    cohort(config)
    rows = read_cohort(config.out / "cohort.csv")
    results = [
        make_result(0, 100.0, study_uid=row.study_uid, patient_id=row.patient_id) for row in rows
    ]
    write_rows(tmp_path / "results.csv", RESULT_COLUMNS, map(result_cells, results))
    evaluate(
        EvaluateConfig(
            results=tmp_path / "results.csv",
            cohort=config.out / "cohort.csv",
            out=tmp_path / "evaluation",
            bootstrap=0,
            figures=False,
            page=False,
        )
    )
    run = json.loads((tmp_path / "evaluation" / "run.json").read_text())
    assert run["counts"] == {"patients": 2, "nonevaluable": 0}


def test_train_reads_the_cohort(config):
    cohort(config)
    head = HeadTraining(
        export=config.export,
        cohort=config.out / "cohort.csv",
        network=HeadConfig(backbone="resnet10", dimensions=2, task="category"),
        input=InputConfig(plane="axial"),
    )
    assert {row.study_uid for row in _usable(head)} == {"1.2.3.1", "1.2.3.2"}


def test_nothing_linked_is_told_after_all_is_written(config):
    config.labels[0].write_text("PatientID;Date;Sex;Birth;T\nnobody;01.01.2024;F;;-1\n")
    alone = replace(config, labels=config.labels[:1], sheets=config.sheets[:1], split=SplitRule())
    with pytest.raises(NothingUsable, match="1 row no_such_patient and 5 studies no_reference"):
        cohort(alone)
    assert json.loads((config.out / "run.json").read_text())["exit_code"] == 3
    assert len(read_rows(config.out / "unmatched.csv")) == 7


@pytest.mark.parametrize("name", ["three-sites", "dxa", "simulated"])
def test_the_mappings_that_ship_are_sound(name, tmp_path, export, capsys):
    """They get as far as the first spreadsheet, which is not there."""
    path = config_path(f"cohort/{name}.yaml")
    labels = [f"{CANARY}{n}.csv" for n, _ in enumerate(read_mapping(path)["sheets"])]
    out = tmp_path / "out"
    given = ["--config", str(path), "--export", str(export), "--out", str(out)]
    with pytest.raises(SystemExit):
        main(["cohort", *given, "--labels", *labels])
    said = capsys.readouterr().err
    assert said == "ctbone: spreadsheet 1: expected a file, found none\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ()}, "labels must name"),
        ({"sheets": ()}, "sheets must say how .* once for each of 2, got 0"),
        ({"exclude": "implants"}, "needs a column of implants"),
        ({"split": "stated"}, "columns.split must be named in all"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(config, changes, message):
    if changes.get("exclude"):
        changes = {"exclude": replace(config.exclude, without_implants=True)}
    if changes.get("split"):
        sheet = replace(config.sheets[0], columns=replace(config.sheets[0].columns, split="u"))
        changes = {"sheets": (sheet, config.sheets[1])}
    with pytest.raises(ValueError, match=message):
        replace(config, **changes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"train": 0.9}, re.escape("must add up to 1, got 0.9 + 0.15 + 0.15")),
        ({"seed": -1}, "seed must not be negative"),
        ({"temporal_after": "31.12.2021"}, "temporal_after must be a date"),
    ],
)
def test_splits_that_cannot_be_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        SplitRule(**values)
