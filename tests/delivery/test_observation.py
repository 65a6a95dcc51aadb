"""The FHIR Observation says what results.csv says, of a pseudonym, in codes that fit."""

import json
from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.delivery.case import Case
from ctbone.delivery.observation import observation
from ctbone.delivery.wording import CAVEAT
from ctbone.interchange import to_row
from ctbone.records import BinaryAnswer, CoarseCategory, Decision
from tests.delivery.conftest import FREE_TEXT, IDENTITY, LOCATOR
from tests.delivery.test_report import rejection


def of(screened, outcome=None):
    case = Case(
        study=screened.study,
        series=screened.series,
        outcome=outcome or screened.result,
        patient="source",
        locator=LOCATOR,
        digests={"localiser": "ab" * 32},
    )
    return observation(case)


def components(found):
    return {item["code"]["text"]: item for item in found["component"]}


def test_its_numbers_are_those_of_the_table_in_units_of_ucum(screened):
    row = to_row(screened.result)
    found = components(of(screened))
    density = found["Volumetric trabecular bone mineral density"]["valueQuantity"]
    assert density["value"] == row.bmd_mg_cm3
    assert (density["system"], density["code"]) == ("http://unitsofmeasure.org", "mg/cm3")
    limits = found["Volumetric trabecular bone mineral density, 90 % interval"]["valueRange"]
    ends = (limits["low"]["value"], limits["high"]["value"])
    assert ends == (row.bmd_lower_mg_cm3, row.bmd_upper_mg_cm3)
    attenuation = found["Attenuation Coefficient, mean"]["valueQuantity"]
    assert (attenuation["value"], attenuation["code"]) == (row.trabecular_hu, "[hnsf'U]")
    estimate = screened.result.estimates[1]
    of_level = found["Volumetric trabecular bone mineral density of L2 vertebra"]["valueQuantity"]
    assert of_level["value"] == pytest.approx(estimate.bmd_mg_cm3, abs=1e-4)


def test_it_finds_patient_and_study_without_a_name(screened):
    found = of(screened)
    assert found["subject"]["identifier"]["value"] == screened.study.patient_id
    (study,) = found["derivedFrom"]
    assert study["identifier"]["value"] == f"urn:oid:{screened.study.study_uid}"
    content = json.dumps(found, ensure_ascii=False)
    hidden = {**IDENTITY, **FREE_TEXT}
    assert not [name for name, value in hidden.items() if len(value) > 1 and value in content]


def test_it_carries_the_caveat_and_is_unverified(screened):
    found = of(screened)
    assert found["note"][-1] == {"text": CAVEAT}
    assert found["status"] == "preliminary"
    assert found["valueCodeableConcept"] == {"text": "osteopenia"}


def test_codes_of_sites_are_given_where_they_hold(screened):
    lumbar = of(screened)["bodySite"]
    assert lumbar["coding"] == [{"system": "http://snomed.info/sct", "code": "122496007"}]
    first, second = screened.result.estimates
    moved = replace(first, level=VertebralLevel.T12)
    found = of(screened, replace(screened.result, estimates=(moved, second)))
    assert found["bodySite"] == {"text": "T12, L2"}


def test_a_two_way_test_has_a_probability_and_no_interval(screened):
    answer = BinaryAnswer(target="osteoporosis", probability=0.2)
    decision = Decision(
        category=CoarseCategory.NO_OSTEOPOROSIS,
        quantity="binary",
        value=0.2,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=None,
        indeterminate=False,
        flags=(),
        rule="acr_qct",
        binary=answer,
    )
    found = of(screened, replace(screened.result, decision=decision))
    assert found["valueCodeableConcept"] == {"text": "no osteoporosis"}
    told = components(found)
    assert told["Probability of a density as in osteoporosis"]["valueQuantity"]["value"] == 0.2
    assert not [name for name in told if "nterval" in name]


def test_a_rejected_study_has_a_reason_and_no_value(screened):
    found = of(screened, rejection(screened))
    assert found["status"] == "cancelled"
    assert found["dataAbsentReason"]["text"] == "level_uncertain"
    assert found["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert not [name for name in found if name.startswith(("value", "component"))]


@pytest.mark.parametrize("rejected", [False, True])
def test_an_independent_reader_of_fhir_takes_it(screened, rejected):
    # R4B, as that package has no R4 any more: Observation and Device are the same in both.
    models = pytest.importorskip(
        "fhir.resources.R4B.observation", reason="fhir.resources is not installed"
    )
    found = of(screened, rejection(screened) if rejected else None)
    read = models.Observation.model_validate_json(json.dumps(found))
    assert json.loads(read.model_dump_json()) == found
