from __future__ import annotations

from datetime import date

import pytest

from ctbone.evaluation import Case, assess, link
from ctbone.evaluation.cautions import Caution, cautions_of
from ctbone.evaluation.deciding import deciding_rule
from ctbone.evaluation.facts import FACTS, Evidence, facts_of, percent
from ctbone.evaluation.flow import flow_of
from ctbone.evaluation.provenance import Provenance
from ctbone.records import Interval

from ..conftest import make_reference, make_result  # noqa: TID252 - fixtures of the room

SCREENING = {
    "command": "screen",
    "config": {"rule": None, "series": {"minimum_slices": 10, "preferred": [0.6, 3.0]}},
    "versions": {"python": "3.11.7", "torch": "2.13.0"},
    "weights": {"localiser": "ab12"},
    "device": "cpu",
    "seconds": {"read": 10.0, "locate": 30.0},
    "counts": {"found": 4},
}
MODEL = {
    "network": {"backbone": "resnet18", "dimensions": 2, "task": "bmd"},
    "input": {"plane": "axial", "window_hu": [-200, 600]},
    "grid": {"shape": [64, 64, 48]},
    "weights": [{"file": "weights-cd34.safetensors", "sha256": "cd34"}],
    "weights_sha256": "cd34",
    "training": {"seed": 5, "fit": {"epochs": 40}},
    "validation": {"mae_mg_cm3": 6.25},
}


def facts(cohort, results, provenance=Provenance(), **changes):  # noqa: B008 - frozen
    linkage = link(results, cohort)
    whole = assess("all patients", linkage.cases)
    evidence = Evidence(
        cohort=tuple(cohort),
        whole=whole,
        flow=flow_of(linkage),
        cautions=cautions_of((whole,), linkage),
        provenance=provenance,
        rule=deciding_rule(results, provenance),
        confidence=0.95,
        **changes,
    )
    return facts_of(evidence)


@pytest.fixture
def plain():
    cohort = [make_reference(i, b, site="") for i, b in enumerate((150.0, 100.0, 70.0))]
    return cohort, [make_result(i, b) for i, b in enumerate((140.0, 70.0, None))]


def test_names_are_those_that_are_promised(plain):
    assert set(facts(*plain, provenance=Provenance(screening=SCREENING, model=MODEL))) <= set(
        FACTS
    )


def test_what_no_file_says_is_not_stated(plain):
    found = facts(*plain)
    unknown = {
        *("weights", "eligibility", "preprocessing", "training", "validation", "hardware"),
        *("acquisition", "demographics", "sites", "blinding_index", "deidentification"),
        *("threshold", "indeterminate", "index_software", "ensemble"),
    }
    assert unknown.isdisjoint(found)
    assert found["software"].startswith("Evaluated with ctbone")


def test_what_the_screening_says_is_stated(plain):
    found = facts(*plain, provenance=Provenance(screening=SCREENING))
    assert "minimum slices 10; preferred 0.6 to 3" in found["eligibility"]
    assert found["index_software"] == "Screened with python 3.11.7, torch 2.13.0."
    assert found["weights"] == "Weights, SHA-256: localiser ab12."
    assert found["hardware"] == "Networks ran on the device cpu; 10.0 s a study."
    assert "below 80 mg/cm3" in found["index_rule"]
    assert "CT alone" in found["blinding_index"]


def test_what_the_model_says_is_stated(plain):
    found = facts(*plain, provenance=Provenance(model=MODEL))
    assert "a resnet18 network in 2 dimensions for the task bmd" in found["index_test"]
    assert "weights-cd34.safetensors cd34" in found["weights"]
    assert found["training"] == "Training: seed 5; fit epochs 40."
    assert found["validation"] == "On the validation split: mae mg cm3 6.25."
    assert "shape 64 x 64 x 48; plane axial; window hu -200 to 600" in found["preprocessing"]


def test_a_rule_of_the_authors_is_named_by_its_file(plain):
    screening = SCREENING | {"config": {"rule": "ours.yaml"}}
    found = facts(*plain, provenance=Provenance(screening=screening))
    assert (
        found["index_rule"] == "The index test classed patients by the rule of the file ours.yaml."
    )


def test_numbers_are_those_of_the_tables(plain):
    found = facts(*plain)
    assert "reference osteopenia: 0 normal, 0 osteopenia, 1 osteoporosis" in found["cross_table"]
    assert "1 were placed in a neighbouring category and 0 two" in found["errors"]
    assert found["severity"].endswith("normal 1, osteopenia 1, osteoporosis 1.")
    assert "1 patient (not ct 1)" in found["missing"]
    assert "3 patients, 0 of them without a reference category and 1" in found["flow"]
    assert found["interval"] == (
        "Between CT and reference result lay a median of 9 days (9 to 9)."
    )
    assert found["external"] == "No external test set was evaluated."
    assert found["sample_size"] == "Evaluated: 3 patients."


def test_people_and_scans_are_described_as_far_as_they_are_known():
    ages, sexes = (60.0, None, 70.0), ("F", "F", None)
    cohort = [
        make_reference(i, 100.0, age_years=a, sex=s, split="external_test", site="AAB"[i])
        for i, (a, s) in enumerate(zip(ages, sexes, strict=True))
    ]
    acquired = {"manufacturer": "SIEMENS", "kvp": 120.0}
    results = [make_result(i, 100.0, **(acquired if i else {})) for i in range(3)]
    found = facts(cohort, results)
    assert found["demographics"] == (
        "Sex: female 2, unknown 1. Age: median 65 years (60 to 70), unknown in 1."
    )
    assert "vendor: Siemens 2, unknown 1; tube potential: 120 kV 2" in found["acquisition"]
    assert found["external"] == "External test set: 3 patients at 2 sites (A, B)."
    assert found["sites"] == "Patients by site: A 2, B 1."
    assert found["dates"] == "CT from 2020-01-01 to 2020-01-01."


def test_dates_that_are_not_known_are_not_stated():
    cohort = [make_reference(1, 100.0, study_date=None, reference_date=date(2020, 1, 1))]
    found = facts(cohort, [make_result(1, 100.0)])
    assert "dates" not in found
    assert "interval" not in found


def test_cut_offs_are_claimed_of_no_category_without_its_measurement():
    stated = make_reference(1, None, category="normal")
    dxa = make_reference(2, None, reference_standard="DXA", category="normal")
    measured = make_reference(3, 100.0)
    results = [make_result(i, 100.0) for i in (1, 2, 3)]
    assert "reference_rule" not in facts([stated, dxa], results[:2])
    found = facts([stated, dxa, measured], results)["reference_rule"]
    assert "dxa_t_score" not in found
    assert found.endswith(
        "The cohort states the category of 2 patients without the measurement that it came from."
    )


def test_simulated_patients_are_called_so(plain):
    found = facts(*plain, provenance=Provenance(is_simulated=True))["reference_standard"]
    assert found.endswith("The patients are simulated.")


def test_splits_are_not_called_disjoint_where_the_results_doubt_it(plain):
    doubt = Caution(code="pseudonym_of_several_patients", sentence="x.", count=1)
    linkage = link(plain[1], plain[0])
    whole = assess("all", linkage.cases)
    evidence = Evidence(
        cohort=tuple(plain[0]), whole=whole, flow=flow_of(linkage), cautions=(doubt,),
        provenance=Provenance(), confidence=0.95,
    )  # fmt: skip
    assert "disjoint" not in facts_of(evidence)
    assert "disjoint" in facts(*plain)


def test_one_name_is_no_proof_of_one_network(plain):
    assert "ensemble" not in facts(*plain)
    assert facts(*plain, provenance=Provenance(model=MODEL))["ensemble"].startswith("None")


def test_methods_name_only_what_was_done(plain):
    nobody = [make_result(i, None) for i in range(3)]
    found = facts(plain[0], nobody)["statistics"]
    for name in ("DeLong", "kappa", "Bland", "Brier"):
        assert name not in found
    assert "DeLong" in facts(*plain)["statistics"]


def test_cut_offs_of_every_reference_are_stated():
    dxa = make_reference(1, None, reference_standard="DXA", t_score=-3.0, category="osteoporosis")
    asian = make_reference(2, 60.0, density_rule="east_asian_qct", category="osteopenia")
    attenuation = make_reference(3, None, reference_standard="HU", category="normal")
    cohort = [dxa, asian, attenuation]
    told = facts(cohort, [make_result(i, 100.0) for i in (1, 2, 3)])
    assert told["reference_standard"] == (
        "The reference standard was dual-energy X-ray absorptiometry (1 patient) and quantitative "
        "CT (1 patient) and attenuation in Hounsfield units (1 patient)."
    )
    found = told["reference_rule"]
    assert "osteoporosis up to -2.5 SD, normal from -1 SD" in found
    assert "(dxa_t_score)" in found
    assert "(east_asian_qct)" in found
    assert "hu_l1" not in found


def test_indeterminate_results_are_counted_where_the_results_mark_them():
    cohort = [make_reference(i, 100.0) for i in range(3)]
    results = [make_result(i, 100.0, indeterminate=bool(i)) for i in range(3)]
    assert facts(cohort, results)["indeterminate"].endswith("2 patients.")


def test_a_command_may_add_facts(plain):
    assert facts(*plain, further={"threshold": "At 0.4."})["threshold"] == "At 0.4."


def test_exact_limits_are_called_so(plain):
    assert "Clopper-Pearson for shares" in facts(*plain, interval="exact")["statistics"]


def test_resampling_and_comparison_are_told_where_they_were_done(plain):
    assert "bootstrap" not in facts(*plain)["statistics"]
    assert "McNemar" not in facts(*plain)["statistics"]
    found = facts(*plain, resamples=2000, is_compared=True)["statistics"]
    assert "2000 bootstrap resamples of patients" in found
    assert "McNemar's mid-P test." in found
    both = facts(*plain, is_compared=True, areas_are_compared=True)["statistics"]
    assert "McNemar's mid-P test and DeLong's test." in both


def test_shares_read_as_percent():
    assert percent(Interval(0.5, 0.25, 0.755)) == "50.0 % (25.0 to 75.5)"
    assert percent(None) == "not given"


def test_cases_of_the_evidence_are_those_of_the_whole(plain):
    cohort, results = plain
    assert isinstance(link(results, cohort).cases[0], Case)
