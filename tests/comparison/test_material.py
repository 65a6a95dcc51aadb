import pytest
import yaml

from ctbone.cohort import read_cohort, write_cohort
from ctbone.comparison import read_plan
from ctbone.comparison.material import dxa_rows, localised, simulated
from ctbone.delimited import write_rows
from tests.evaluation.conftest import make_reference

DXA = ("study_uid", "region", "t_score")


def cohort_of(folder, rows):
    path = folder / "cohort.csv"
    made = [
        make_reference(n, bmd, study_uid=uid, split=split)
        for n, (uid, bmd, split) in enumerate(rows)
    ]
    write_cohort(path, made)
    return path


class Stub:
    """A narrator that leaves what a simulation would."""

    def __init__(self):
        self.steps = []

    def run(self, purpose, steps):
        for step in steps:
            self.steps.append(step)
            step.out.mkdir(parents=True)
            cohort_of(step.out, [("1.1", 150.0, "train"), ("1.2", 60.0, "external_test")])
            rows = [
                {"study_uid": "1.1", "region": "L1", "t_score": -4.0},
                {"study_uid": "1.1", "region": "L1-L4", "t_score": -0.5},
            ]
            write_rows(step.out / "dxa.csv", DXA, rows)


def test_a_simulated_cohort_has_both_references(plan_file, tmp_path):
    narrator = Stub()
    found = simulated(read_plan(plan_file), out=tmp_path / "out", workers=2, narrator=narrator)
    [step] = narrator.steps
    settings = yaml.safe_load((tmp_path / "out" / "simulate.yaml").read_text())
    assert (settings["patients"], settings["reference_standard"]) == (6, "QCT")
    assert step.resumes is None
    assert found.is_simulated
    first, second = read_cohort(found.cohorts["DXA"])
    # The whole spine decides, not one level.
    assert (first.t_score, first.category, first.bmd_mg_cm3) == (-0.5, "normal", None)
    assert (second.t_score, second.category) == (None, None)
    assert {row.reference_standard for row in (first, second)} == {"DXA"}


def test_vertebrae_are_found_once_unless_masks_are_given(tmp_path):
    narrator = Stub()
    cohorts = {"QCT": cohort_of(tmp_path, [("1.1", 150.0, "train")])}
    found = localised(tmp_path, cohorts, masks=None, out=tmp_path / "out", narrator=narrator)
    assert found.masks == tmp_path / "out" / "localised" / "masks.csv"
    assert narrator.steps[0].arguments == ("localise", "--export", str(tmp_path))
    own = tmp_path / "own.csv"
    own.write_text("series_uid,mask,numbering\n")
    found = localised(tmp_path, cohorts, masks=own, out=tmp_path / "out", narrator=narrator)
    assert (found.masks, len(narrator.steps)) == (own, 1)


def test_a_table_without_t_scores_is_refused(tmp_path):
    cohort = read_cohort(cohort_of(tmp_path, [("1.1", 150.0, "train")]))
    write_rows(tmp_path / "dxa.csv", ("study_uid", "region"), [])
    with pytest.raises(ValueError, match="t_score"):
        dxa_rows(cohort, tmp_path / "dxa.csv")
