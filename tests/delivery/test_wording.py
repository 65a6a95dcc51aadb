"""What is told of an outcome names the value that decided, and nothing that did not."""

from dataclasses import replace

from ctbone.anatomy import VertebralLevel
from ctbone.delivery.wording import headline, told
from ctbone.records import Flag


def test_the_value_that_decided_stands_with_its_interval(screened):
    decision = screened.result.decision
    expected = f"BMD {decision.value:.1f} mg/cm3 (90 % interval {decision.lower_mg_cm3:.1f} to"
    assert expected in headline(screened.result)


def test_attenuation_is_told_as_such_and_as_uncalibrated(screened):
    decision = replace(
        screened.result.decision,
        quantity="trabecular_hu",
        value=140.0,
        bmd_mg_cm3=None,
        rule="hu_l1",
    )
    result = replace(screened.result, decision=decision, flags=(Flag.UNCALIBRATED,))
    found = told(result)
    assert found[0] == (
        "Category: osteopenia, by rule hu_l1, trabecular attenuation 140.0 HU, of L1, L2."
    )
    assert any("not calibrated to density" in sentence for sentence in found)


def test_probabilities_are_no_value_of_a_unit(screened):
    decision = replace(screened.result.decision, quantity="probabilities", value=0.7)
    found = headline(replace(screened.result, decision=decision))
    assert found == "Category: osteopenia, by rule acr_qct, of L1, L2."


def test_levels_out_of_the_field_are_told(screened):
    result = replace(screened.result, missing=(VertebralLevel.L3,))
    assert "Not in the field of view: L3." in told(result)


def test_an_interval_about_a_cut_off_is_told(screened):
    decision = replace(screened.result.decision, indeterminate=True)
    found = told(replace(screened.result, decision=decision))
    assert "The interval includes a cut-off between categories." in found


def test_a_person_who_named_vertebrae_is_told(screened):
    sentence = "A person who reviewed the study named vertebrae of it, or took some out."
    assert sentence not in told(screened.result)
    assert sentence in told(replace(screened.result, flags=(Flag.RELABELLED_IN_REVIEW,)))
