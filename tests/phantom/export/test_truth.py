import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.cohort import read_cohort
from ctbone.phantom import PatientConfig, SimulateConfig, VariantConfig, sample_patient
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.headers import Visit
from ctbone.phantom.export.simulate import write_patient
from ctbone.phantom.export.truth import to_row
from ctbone.rules import shipped_rule
from tests.phantom.export.conftest import NO_DXA, SITES, SMALL


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_reference_results_are_those_of_the_truth(everything, truths):
    found = read_cohort(everything.out / "cohort.csv")
    assert len(found) == len(truths)
    for row in found:
        truth = truths[row.study_uid]
        assert row.bmd_mg_cm3 == pytest.approx(truth["bmd_mg_cm3"], abs=0.006)
        assert row.category is shipped_rule("acr_qct").category(row.bmd_mg_cm3)
        assert row.reference_standard == "simulated"
        assert (row.split == "external_test") == (row.site == "south")
        assert (everything.out / row.path).is_dir()


def test_levels_are_those_of_the_main_series(everything, truths):
    table = rows(everything.out / "levels.csv")
    assert len(table) == sum(len(truth["series"][0]["vertebrae"]) for truth in truths.values())
    for row in table:
        truth = truths[row["study_uid"]]
        (found,) = [v for v in truth["series"][0]["vertebrae"] if v["level"] == row["level"]]
        position = [float(row[name]) for name in ("left_mm", "posterior_mm", "superior_mm")]
        assert position == found["centroid_mm"]
        assert float(row["bmd_mg_cm3"]) == found["bmd_mg_cm3"]
        assert row["category"] == shipped_rule("acr_qct").category(found["bmd_mg_cm3"])
    for uid, truth in truths.items():
        own = [row for row in table if row["study_uid"] == uid and row["level"] in ("L1", "L2")]
        mean = np.mean([float(row["bmd_mg_cm3"]) for row in own])
        assert mean == pytest.approx(truth["bmd_mg_cm3"], abs=0.006)


def test_dxa_has_a_row_a_level_and_one_of_all(everything, truths):
    table = rows(everything.out / "dxa.csv")
    for uid, truth in truths.items():
        own = [row for row in table if row["study_uid"] == uid]
        assert [row["region"] for row in own] == [part["region"] for part in truth["dxa"]]
        assert own[-1]["region"].startswith("L1-L")
        category = shipped_rule("dxa_t_score").category(float(own[-1]["t_score"]))
        assert own[-1]["category"] == category


def test_the_whole_body_is_kept_as_it_was_drawn(everything, truths):
    for uid, truth in truths.items():
        body = json.loads((everything.out / "patients" / f"{uid}.json").read_text())
        assert body["age_years"] == truth["age_years"]
        assert set(body) >= {"column", "torso", "viscera", "bones", "table"}
        levels = {v["level"]: v for v in body["column"]["vertebrae"]}
        for vertebra in truth["series"][0]["vertebrae"]:
            here = np.array(levels[vertebra["level"]]["centre_mm"])
            assert np.allclose(here + truth["offset_mm"], vertebra["centroid_mm"], atol=0.002)


def test_a_follow_up_is_told_from_the_first_study(truths):
    by_patient = {}
    for truth in truths.values():
        by_patient.setdefault(truth["patient_id"], []).append(truth)
    pairs = [
        sorted(found, key=lambda t: t["visit"]) for found in by_patient.values() if len(found) > 1
    ]
    assert pairs
    for first, second in pairs:
        lost = first["bmd_mg_cm3"] - second["bmd_mg_cm3"]
        assert lost == pytest.approx(second["loss_mg_cm3"], abs=0.01)
        assert second["study_date"] > first["study_date"]


def row_of(index=0, **options):
    config = SimulateConfig(out=Path("unused"), **options)
    (plan,) = plan_patient(config, index)
    visit = Visit(plan, sample_patient(config.patient, seed=0))
    error = float(np.random.default_rng(index).normal(0.0, config.qct_sd_mg_cm3))
    return to_row(config, visit, path="", error_mg_cm3=error, dxa=NO_DXA), visit.patient


def test_a_qct_reference_has_its_error_and_the_truth_has_none():
    (row, patient), (exact, _) = row_of(reference_standard="QCT", qct_sd_mg_cm3=3.0), row_of()
    assert exact.bmd_mg_cm3 == round(patient.bmd_mg_cm3, 2) != row.bmd_mg_cm3
    found = [
        row_of(n, reference_standard="QCT", qct_sd_mg_cm3=3.0)[0].bmd_mg_cm3 for n in range(40)
    ]
    assert np.std(np.subtract(found, patient.bmd_mg_cm3)) == pytest.approx(3.0, rel=0.35)


def test_a_dxa_reference_decides_by_its_t_score():
    row, _ = row_of(reference_standard="DXA")
    assert (row.bmd_mg_cm3, row.t_score) == (None, -0.43)
    assert row.category is shipped_rule("dxa_t_score").category(-0.43)


def test_rods_of_a_calibration_phantom_lie_under_the_patient(tmp_path):
    site = replace(SITES[0], calibrator="k2hpo4", enhanced_fraction=0.0)
    config = SimulateConfig(out=tmp_path, sites=(site,), second_series_fraction=0.0, **SMALL)
    (study,) = write_patient(config, 0)
    truth = json.loads((tmp_path / "truth" / f"{study.row.study_uid}.json").read_text())
    rods = truth["series"][0]["rods"]
    assert len({rod["mg_cm3"] for rod in rods}) == len(rods) >= 3
    spine = [level["posterior_mm"] for level in truth["levels"]]
    assert min(rod["centre_mm"][1] for rod in rods) > max(spine)


def test_a_transitional_segment_is_told_by_its_type(tmp_path):
    variants = VariantConfig(transitional_fraction=1.0)
    site = replace(SITES[0], patient=PatientConfig(variants=variants))
    config = SimulateConfig(out=tmp_path, sites=(site,), **SMALL)
    (study,) = write_patient(config, 0)
    truth = json.loads((tmp_path / "truth" / f"{study.row.study_uid}.json").read_text())
    assert truth["anomalies"]["transitional"] in ("L4", "L5", "L6", "S1")
    assert truth["castellvi"] in ("Ia", "Ib", "IIa", "IIb", "IIIa", "IIIb", "IV")
