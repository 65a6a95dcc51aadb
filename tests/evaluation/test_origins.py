from __future__ import annotations

from ctbone.evaluation import link
from ctbone.evaluation.origins import cautions_of_origin
from ctbone.evaluation.provenance import Provenance

from .conftest import make_reference, make_result


def counts(results, cohort, provenance=Provenance()):  # noqa: B008 - frozen
    found = cautions_of_origin(link(results, cohort).cases, results, cohort, provenance)
    assert all(caution.sentence.endswith(".") for caution in found)
    return {caution.code: caution.count for caution in found}


def of(*names):
    return [make_result(i, 100.0, patient_id=name) for i, name in enumerate(names)]


def test_files_that_agree_need_no_caution():
    cohort = [make_reference(i, 100.0) for i in range(3)]
    assert counts(of("a", "b", "c"), cohort) == {}


def test_one_person_in_two_splits_by_the_results_is_said():
    splits = ("internal_test", "train", "external_test")
    cohort = [make_reference(i, 100.0, split=split) for i, split in enumerate(splits)]
    assert counts(of("a", "a", "b"), cohort) == {"pseudonym_in_several_splits": 1}


def test_one_person_under_two_names_of_the_cohort_is_said():
    cohort = [make_reference(i, 100.0) for i in range(3)]
    assert counts(of("a", "a", "b"), cohort) == {"pseudonym_of_several_patients": 1}


def test_studies_of_one_patient_are_one_person():
    cohort = [make_reference(i, 100.0, patient_id="p") for i in range(3)]
    assert counts(of("a", "a", "a"), cohort) == {}


def test_results_without_pseudonyms_say_nothing_of_persons():
    cohort = [make_reference(i, 100.0) for i in range(3)]
    assert counts(of("", "", ""), cohort) == {}


def test_a_folder_of_another_model_is_said():
    cohort = [make_reference(i, 100.0) for i in range(3)]
    results = [make_result(i, 100.0, model=m) for i, m in enumerate(("net-0123456789ab", "x", ""))]
    model = {"weights_sha256": "0123456789abcdef"}
    assert counts(results, cohort, Provenance(model=model)) == {"results_of_another_model": 1}
    assert counts(results, cohort) == {}


def test_patients_of_a_simulation_are_called_so_whatever_their_reference_says():
    cohort = [
        make_reference(1, 100.0),
        make_reference(2, 100.0, reference_standard="simulated"),
    ]
    results = [make_result(i, 100.0) for i in (1, 2)]
    assert counts(results, cohort, Provenance(is_simulated=True)) == {"simulated_patients": 1}
