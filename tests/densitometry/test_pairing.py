"""What a screened cohort gives a scanner's line, and what it must not give it."""

import csv
from datetime import date
from itertools import count

import pytest

from ctbone.cohort import CohortRow, write_cohort
from ctbone.densitometry.pairing import Scanner, pair_screened, read_pairs


class Run:
    """A screened cohort of made-up patients."""

    def __init__(self, folder):
        self.folder, self.cohort, self.vertebrae, self.results = folder, [], [], []
        self.numbers = count(1)

    def add(self, *, hu=None, cells=None, **known):
        uid = f"1.2.{next(self.numbers)}"
        given = {
            "patient_id": f"p{uid}",
            "site": "north",
            "split": "train",
            "study_date": None,
            "reference_standard": "QCT",
            "reference_date": None,
            "bmd_mg_cm3": 100.0,
        }
        self.cohort.append(
            CohortRow(
                **given | known,
                study_uid=uid,
                path="",
                sex=None,
                age_years=None,
                t_score=None,
                category=None,
            )
        )
        for level, value in (hu or {"L1": 120.0, "L2": 130.0}).items():
            self.vertebrae.append({"study_uid": uid, "level": level, "trabecular_hu": value})
        row = {"study_uid": uid, "manufacturer": "SIEMENS", "kvp": "120.0", "contrast": "false"}
        self.results.append({**row, "flags": "", **(cells or {})})

    def pair(self, splits=("train",), **more):
        write_cohort(self.folder / "cohort.csv", self.cohort)
        for name in ("vertebrae", "results"):
            rows = getattr(self, name)
            with (self.folder / f"{name}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, rows[0])
                writer.writeheader()
                writer.writerows(rows)
        paths = {n: self.folder / f"{n}.csv" for n in ("vertebrae", "results", "cohort")}
        return pair_screened(**paths, splits=splits, **more)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_a_pair_is_the_mean_of_l1_and_l2_against_the_density_of_the_patient(run):
    run.add(hu={"T12": 500.0, "L1": 120.0, "L2": 130.0, "L3": ""}, bmd_mg_cm3=98.5)
    assert run.pair().pairs == {Scanner("SIEMENS north", 120.0): [(125.0, 98.5)]}


def test_sites_and_tube_potentials_are_kept_apart(run):
    run.add()
    run.add(cells={"kvp": "100"})
    run.add(site="south", cells={"manufacturer": "", "kvp": ""})
    run.add(site="", cells={"manufacturer": ""})
    assert list(run.pair().pairs) == [
        ("SIEMENS north", 120.0),
        ("SIEMENS north", 100.0),
        ("south", None),
        ("unnamed scanner", 120.0),
    ]


JUNE = date(2024, 6, 15)


@pytest.mark.parametrize(
    ("studies", "chosen"),
    [
        # The nearest to the reference, on either side.
        (["2024-06-01", "2024-06-20", "2024-06-09"], 1),
        # Of two as near, the earlier.
        (["2024-06-20", "2024-06-10"], 1),
        # Of two of a day, the first.
        (["2024-06-20", "2024-06-20"], 0),
        # A date that is known before one that is not.
        ([None, "2020-01-01"], 1),
        ([None, None, None], 0),
    ],
)
def test_a_patient_gives_a_line_one_pair(run, studies, chosen):
    for number, day in enumerate(studies):
        made = day and date.fromisoformat(day)
        density = 90.0 + number
        run.add(patient_id="one", study_date=made, reference_date=JUNE, bmd_mg_cm3=density)
    run.add(patient_id="two", bmd_mg_cm3=120.0)
    found = run.pair()
    assert [d for _, d in next(iter(found.pairs.values()))] == [90.0 + chosen, 120.0]
    assert found.left_out == {"another_of_the_patient": len(studies) - 1}


def test_without_a_date_of_the_reference_the_earliest_study_gives_the_pair(run):
    for number, day in enumerate((JUNE, date(2023, 1, 1), None)):
        run.add(patient_id="one", study_date=day, bmd_mg_cm3=90.0 + number)
    assert [d for _, d in next(iter(run.pair().pairs.values()))] == [91.0]


def test_only_studies_that_could_give_a_pair_are_chosen_from(run):
    run.add(patient_id="one", study_date=JUNE, reference_date=JUNE, cells={"contrast": "true"})
    run.add(patient_id="one", bmd_mg_cm3=90.0)
    found = run.pair()
    assert [d for _, d in next(iter(found.pairs.values()))] == [90.0]
    assert found.left_out == {"contrast_enhanced": 1}


def test_a_patient_of_two_scanners_gives_each_a_pair(run):
    run.add(patient_id="one")
    run.add(patient_id="one", cells={"kvp": "100"})
    found = run.pair()
    assert [len(pairs) for pairs in found.pairs.values()] == [1, 1]
    assert found.left_out == {}
    found = run.pair(together="all")
    assert {scanner: len(pairs) for scanner, pairs in found.pairs.items()} == {("all", None): 1}
    assert found.left_out == {"another_of_the_patient": 1}


def test_what_would_bend_the_line_is_left_out_and_counted(run):
    run.add()
    run.add(cells={"contrast": "true"})
    run.add(cells={"flags": "age_unknown;corrected_kv"})
    run.add(hu={"L1": 120.0})
    run.add(hu={"L1": 120.0, "T12": 130.0})
    run.add(bmd_mg_cm3=None)
    run.add(reference_standard="DXA")
    found = run.pair()
    assert [len(pairs) for pairs in found.pairs.values()] == [1]
    assert found.left_out == {
        "contrast_enhanced": 1,
        "corrected": 1,
        "not_measured": 2,
        "without_reference_density": 2,
    }


@pytest.mark.parametrize(("no", "yes"), [("false", "true"), ("False", "True"), ("FALSE", "TRUE")])
def test_enhanced_studies_are_left_out_as_any_program_writes_them(run, no, yes):
    for cell in (no, yes, "", yes):
        run.add(cells={"contrast": cell})
    found = run.pair()
    assert [len(pairs) for pairs in found.pairs.values()] == [2]
    assert found.left_out == {"contrast_enhanced": 2}


def test_a_cell_that_says_neither_yes_nor_no_is_named_with_its_line(run):
    run.add()
    run.add(cells={"contrast": "WAHR"})
    message = r"^results.csv, line 3: contrast must be true, false or empty, got 'WAHR'$"
    with pytest.raises(ValueError, match=message):
        run.pair()


def test_test_sets_stay_unseen(run):
    run.add(bmd_mg_cm3=90.0)
    run.add(bmd_mg_cm3=91.0, split="external_test")
    run.add(bmd_mg_cm3=92.0, split="validation")
    assert [d for _, d in next(iter(run.pair().pairs.values()))] == [90.0]
    both = run.pair(("train", "validation")).pairs
    assert [d for _, d in next(iter(both.values()))] == [90.0, 92.0]


def test_a_cell_that_is_no_number_is_named_with_its_line(run):
    run.add(hu={"L1": 120.0, "L2": "high"})
    with pytest.raises(ValueError, match=r"vertebrae.csv, line 3: trabecular_hu must be a number"):
        run.pair()


def test_a_table_lists_pairs_by_scanner(tmp_path):
    (tmp_path / "pairs.csv").write_text("scanner,hu,bmd_mg_cm3\nA,100,80\nA,150,120\nB,1,2\n")
    found = read_pairs(tmp_path / "pairs.csv")
    assert found == {("A", None): [(100.0, 80.0), (150.0, 120.0)], ("B", None): [(1.0, 2.0)]}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("vertebrae", r"vertebrae.csv, line 4: a study must have each level once, L1 is repeated"),
        (
            "results",
            r"results.csv, line 3: a study must stand once, that of this line is repeated",
        ),
    ],
)
def test_a_row_that_stands_twice_is_refused_by_its_line(run, table, message):
    run.add()
    rows = getattr(run, table)
    rows.append(dict(rows[0]))
    with pytest.raises(ValueError, match=message):
        run.pair()
