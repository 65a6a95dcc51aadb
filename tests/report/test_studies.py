from dataclasses import replace

import pytest

from ctbone.report.runs import read_runs
from ctbone.report.studies import Measure, read_studies
from tests.report.runs import NORMAL, REJECTED, SCREENED, bodies_of, make_run


def studies_of(folder):
    (run,) = read_runs(folder)
    return {study.study_uid: study for study in read_studies(run)}


def test_every_study_of_a_screening_run_is_there_with_what_was_measured(tmp_path):
    found = studies_of(make_run(tmp_path))
    assert list(found) == ["1.2", "1.3", "1.10"]
    assert found["1.2"].measures == {
        "bmd_mg_cm3": Measure(value=71.43, lower=60.0, upper=82.9),
        "trabecular_hu": Measure(value=95.0),
    }
    assert (found["1.3"].reason, found["1.3"].stage) == ("too_few_slices", "select")
    assert [row["level"] for row in found["1.2"].located] == ["T12", "L1", "L2"]


def test_attenuation_that_results_lack_is_that_of_the_measured_vertebrae(tmp_path):
    row = replace(SCREENED, trabecular_hu=None)
    assert studies_of(make_run(tmp_path, (row,)))["1.2"].measures["trabecular_hu"].value == 96.5


def test_a_scanner_that_has_no_name_is_told_by_maker_and_tube_potential(tmp_path):
    row = replace(SCREENED, scanner="", study_month="")
    found = studies_of(make_run(tmp_path, (row,)))["1.2"]
    assert (found.scanner, found.month) == ("SIEMENS 100 kV", "")


def test_a_run_that_only_localises_has_its_studies_from_its_tables(tmp_path):
    folder = make_run(tmp_path, (REJECTED,), command="localise", bodies=bodies_of("1.2"))
    found = studies_of(folder)
    assert [(s.study_uid, s.status) for s in found.values()] == [
        ("1.2", "located"), ("1.3", "rejected"),
    ]  # fmt: skip
    assert found["1.2"].levels == ("L1", "L2")
    assert found["1.2"].measures == {"trabecular_hu": Measure(value=96.5)}


def test_what_was_measured_is_read_as_spreadsheets_write_it(tmp_path):
    folder = make_run(tmp_path, (REJECTED,), command="localise", bodies=bodies_of("1.2"))
    table = folder / "vertebrae.csv"
    text = table.read_text()
    table.write_text(text.replace("true", "TRUE").replace("false", "FALSE"))
    assert studies_of(folder)["1.2"].measures == {"trabecular_hu": Measure(value=96.5)}
    table.write_text(text.replace("true", "vrai"))
    with pytest.raises(ValueError, match=r"^vertebrae.csv, line 3: evaluable must be true, false"):
        studies_of(folder)


@pytest.mark.parametrize(
    "uid", ["../../etc/passwd", "a/b", "1.2\\3", "<b>", "1..2", ".", "9" * 65]
)
def test_what_is_no_uid_names_no_file(tmp_path, uid):
    rows = (replace(NORMAL, study_uid=uid),)
    (study,) = studies_of(make_run(tmp_path, rows, bodies=())).values()
    assert study.name.startswith("study-")
    assert len(study.name) == 22
