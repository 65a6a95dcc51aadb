from __future__ import annotations

from ctbone.evaluation import assess, link
from ctbone.evaluation.flow import flow_of
from ctbone.evaluation.prose import methods_text, results_text

from .conftest import make_reference, make_result


def test_methods_say_what_is_known_in_order_and_nothing_else():
    facts = {"software": "With ctbone.", "reference_standard": "QCT.", "flow": "Not here."}
    text = methods_text(facts)
    assert text.startswith("QCT. With ctbone. Patients without a result")
    assert "Not here" not in text


def test_results_hold_the_numbers_of_the_tables(cases):
    linkage = link([c.result for c in cases], [c.reference for c in cases])
    whole = assess("all patients", linkage.cases)
    text = results_text(whole, flow_of(linkage), confidence=0.9)
    assert text.startswith("Of 8 patients, 8 had a reference category and 7 of these a result")
    assert "; 1 had none." in text
    assert "For osteoporosis, sensitivity was 66.7 % (" in text
    assert "(2 of 3) and specificity 75.0 %" in text
    assert text.count("90 % confidence intervals in brackets") == 1
    assert "kappa was 0." in text
    assert "In 7 patients with both densities" in text


def test_what_could_not_be_had_is_said_or_left_out():
    linkage = link([make_result(1, 150.0)], [make_reference(1, 150.0)])
    whole = assess("all patients", linkage.cases)
    text = results_text(whole, flow_of(linkage), confidence=0.95)
    assert "sensitivity was not given (0 of 0)" in text
    assert "kappa" not in text
    assert "mg/cm3" not in text


def test_patients_whom_the_results_do_not_mention_are_not_lost():
    cohort = [
        make_reference(1, 150.0),
        make_reference(2, 150.0),
        make_reference(3, 150.0, site="Z"),
    ]
    linkage = link([make_result(1, 150.0)], cohort)
    whole = assess("all patients", linkage.cases)
    text = results_text(whole, flow_of(linkage), confidence=0.95)
    assert "Of 2 patients, 2 had a reference category and 1 of these a result" in text
    assert "1 had none. The results mention no study of 1 further patient. For" in text
