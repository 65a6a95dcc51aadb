"""The outcome of a study as a FHIR R4 Observation.

It speaks of the patient by the keyed pseudonym, and finds the study by its UID. What has no code
in LOINC or SNOMED CT has words alone: a code that nearly fits would say what was not measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ctbone.anatomy import Code, VertebralLevel, anatomic_region
from ctbone.delivery import codes
from ctbone.delivery.case import Case
from ctbone.delivery.groups import LEVEL_NUMBERS, PATIENT_NUMBERS
from ctbone.delivery.wording import CAVEAT, told
from ctbone.version import __version__

Json = dict[str, Any]

_UCUM = "http://unitsofmeasure.org"
_SNOMED = "http://snomed.info/sct"

#: Code systems of HL7 Terminology, whose codes are of FHIR itself.
_CATEGORY = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "imaging",
    "display": "Imaging",
}
_ABSENT = {
    "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "code": "not-performed",
    "display": "Not Performed",
}

_LUMBAR = frozenset(VertebralLevel[f"L{number}"] for number in range(1, 7))

#: Values that have limits, and their columns of results.csv.
_RANGES = {
    "bmd_mg_cm3": ("bmd_lower_mg_cm3", "bmd_upper_mg_cm3"),
    "t_score": ("t_score_lower", "t_score_upper"),
}
_LIMITS = frozenset(column for pair in _RANGES.values() for column in pair)


def write_observation(path: Path, case: Case) -> None:
    """Write the Observation of a study, whether it was screened or rejected, as JSON."""
    text = json.dumps(observation(case), indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def observation(case: Case) -> Json:
    """Return the Observation of a study."""
    study = {"system": "urn:dicom:uid", "value": f"urn:oid:{case.study.study_uid}"}
    return {
        "resourceType": "Observation",
        "id": case.series_uid("observation").removeprefix("2.25."),
        "contained": [_device(case)],
        "identifier": [
            {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{case.series_uid('observation')}"}
        ],
        "category": [{"coding": [_CATEGORY]}],
        "code": {"text": "Category of bone density by opportunistic screening of CT"},
        "subject": {
            "type": "Patient",
            "identifier": {
                "type": {"text": "keyed pseudonym of ctbone"},
                "value": case.study.patient_id,
            },
        },
        "derivedFrom": [{"type": "ImagingStudy", "identifier": study}],
        "device": {"reference": "#device"},
        "note": [{"text": text} for text in (*told(case.outcome), CAVEAT)],
        **_outcome(case),
    }


def _outcome(case: Case) -> Json:
    if case.row.category is None:
        reason = {"coding": [_ABSENT], "text": str(case.row.reason)}
        return {"status": "cancelled", "dataAbsentReason": reason}
    return {
        # Nobody has verified it.
        "status": "preliminary",
        "valueCodeableConcept": {"text": case.row.category.replace("_", " ")},
        "bodySite": _site(case),
        "method": {"text": case.row.model},
        "component": list(_components(case)),
    }


def _site(case: Case) -> Json:
    text = ", ".join(level.name for level in case.row.levels)
    if not _LUMBAR.issuperset(case.row.levels):
        return {"text": text}
    return {"coding": [{"system": _SNOMED, "code": codes.LUMBAR_SPINE.value}], "text": text}


def _components(case: Case) -> Iterator[Json]:
    for column, number in PATIENT_NUMBERS.items():
        value = getattr(case.row, column)
        if value is not None and column not in _LIMITS:
            name = _named(number.name, number.derivation)
            yield {"code": {"text": name}, "valueQuantity": _quantity(value, number.unit)}
    for column, pair in _RANGES.items():
        limited = PATIENT_NUMBERS[column]
        lower, upper = (getattr(case.row, limit) for limit in pair)
        if lower is not None and upper is not None:
            limits = {
                "low": _quantity(lower, limited.unit),
                "high": _quantity(upper, limited.unit),
            }
            name = f"{limited.name.meaning}, 90 % interval"
            yield {"code": {"text": name}, "valueRange": limits}
    if case.straddles is not None:
        yield {"code": {"text": codes.STRADDLES.meaning}, "valueBoolean": case.straddles}
    for cells in case.levels:
        yield from _level_components(case, cells)


def _level_components(case: Case, cells: Mapping[str, object]) -> Iterator[Json]:
    level = VertebralLevel[str(cells["level"])]
    if level not in case.row.levels:
        return
    for column, number in LEVEL_NUMBERS.items():
        value = cells.get(column)
        if isinstance(value, float):
            name = f"{_named(number.name, number.derivation)} of {anatomic_region(level).meaning}"
            yield {"code": {"text": name}, "valueQuantity": _quantity(value, number.unit)}


def _named(name: Code, derivation: Code | None) -> str:
    return f"{name.meaning}, {derivation.meaning.lower()}" if derivation else name.meaning


def _quantity(value: float, unit: Code) -> Json:
    shown = {codes.HOUNSFIELD: "HU", codes.RATIO: "1", codes.T_SCORE_UNIT: "T-score"}
    unit_text = shown.get(unit, unit.value)
    return {"value": value, "unit": unit_text, "system": _UCUM, "code": unit.value}


def _device(case: Case) -> Json:
    digests = [
        {"type": {"text": f"sha256 of {name}"}, "value": digest}
        for name, digest in case.digests.items()
    ]
    return {
        "resourceType": "Device",
        "id": "device",
        "deviceName": [{"name": "ctbone", "type": "model-name"}],
        "version": [{"type": {"text": "ctbone"}, "value": __version__}, *digests],
    }
