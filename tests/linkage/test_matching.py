from datetime import timedelta

import pytest

from ctbone.linkage.matching import Index, LeftStudy, Pair, match, why_unused
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Place, RefusedRow
from tests.linkage.conftest import CT_DAY, make_reference, make_study


def chosen(references, study=None, *, window_days=90, others=()):
    study = study or make_study()
    return match(study, Index(references, (), (study, *others)), window_days=window_days)


def line_of(references, **options):
    return chosen(references, **options).reference.place.line


def reason_of(reference, *studies, window_days=90):
    found = why_unused(reference, Index([reference], (), studies), window_days=window_days)
    return found.reason.value, found.days


@pytest.mark.parametrize("days", [-90, 90])
def test_the_window_includes_its_ends(days):
    assert isinstance(chosen([make_reference(days=days)]), Pair)
    beyond = days + (1 if days > 0 else -1)
    found = chosen([make_reference(days=beyond)])
    assert (found.reason, found.days) == ("no_reference_in_window", beyond)


def test_the_nearest_wins_then_the_earlier_then_qct_then_the_first():
    assert line_of([make_reference(2, days=9), make_reference(3, days=-8)]) == 3
    assert line_of([make_reference(2, days=8), make_reference(3, days=-8)]) == 3
    assert line_of([make_reference(2), make_reference(3, standard="QCT")]) == 3
    assert line_of([make_reference(2), make_reference(3, t_score=-2.7)]) == 3
    assert line_of([make_reference(3), make_reference(2)]) == 2


def test_a_row_that_names_the_study_wins_and_serves_no_other():
    named = make_reference(3, days=80, study_uid="1.2")
    assert line_of([make_reference(2), named]) == 3
    found = chosen([named], make_study("1.3"), others=(make_study(),))
    assert found == LeftStudy(make_study("1.3"), LinkReason.NO_REFERENCE)


def test_a_row_that_names_the_study_needs_no_date_and_keeps_to_the_window():
    undated = make_reference(days=None, accession="a")
    assert chosen([undated], make_study(accession="a")).days is None
    assert chosen([make_reference(study_uid="1.2")], make_study(day=None)).days is None
    late = chosen([make_reference(days=200, study_uid="1.2")])
    assert (late.reason, late.days) == ("no_reference_in_window", 200)


def test_a_study_that_names_nobody_is_found_by_its_uid():
    study = make_study(patient="", pseudonym="of the study")
    pair = chosen([make_reference(study_uid="1.2")], study)
    assert pair.patient_id == "of p"
    assert chosen([make_reference()], study).reason == "no_reference"


def test_one_patient_has_one_pseudonym_whatever_names_a_study():
    study = make_study(patient="", pseudonym="of the study")
    known = make_study("1.3", pseudonym="of p and issuer")
    by_row = chosen([make_reference(study_uid="1.2")], study, others=(known,))
    by_header = chosen([make_reference()], known, others=(study,))
    assert by_row.patient_id == by_header.patient_id == "of p and issuer"


def test_an_identifier_of_several_patients_takes_the_pseudonym_of_none():
    study = make_study(patient="", pseudonym="of the study")
    others = [make_study(f"1.{n}", pseudonym=f"of p and issuer {n}") for n in (3, 4)]
    assert chosen([make_reference(study_uid="1.2")], study, others=others).patient_id == "of p"


@pytest.mark.parametrize(
    ("study", "reason"),
    [
        (make_study(reason=LinkReason.STUDY_NOT_READABLE), "study_not_readable"),
        (make_study(patient="q"), "no_reference"),
        (make_study(day=None), "no_study_date"),
    ],
)
def test_a_study_without_reference_has_its_reason(study, reason):
    assert chosen([make_reference()], study).reason == reason


def test_a_patient_whose_rows_were_all_refused_is_told_from_one_without_rows():
    refused = RefusedRow(place=Place(1, 2), reason=LinkReason.NO_RESULT, patient="p")
    found = match(make_study(), Index([], [refused], [make_study()]), window_days=90)
    assert found.reason == "no_usable_reference"


def test_one_identifier_of_two_patients_links_neither():
    other = make_study("1.3", pseudonym="of another issuer")
    assert chosen([make_reference()], others=(other,)).reason == "several_patients"
    assert reason_of(make_reference(), make_study(), other) == ("several_patients", None)


@pytest.mark.parametrize(
    ("reference", "study", "expected"),
    [
        (make_reference(patient="q"), make_study(), ("no_such_patient", None)),
        (make_reference(study_uid="1.9"), make_study(), ("no_such_study", None)),
        (
            make_reference(study_uid="1.2", patient="q"),
            make_study(),
            ("study_of_another_patient", None),
        ),
        (make_reference(days=-200), make_study(), ("no_study_in_window", -200)),
        (make_reference(), make_study(day=None), ("no_study_date", None)),
        (make_reference(), make_study(), ("other_reference_preferred", None)),
        (
            make_reference(),
            make_study(reason=LinkReason.STUDY_NOT_READABLE),
            ("study_not_readable", None),
        ),
    ],
)
def test_a_row_that_no_study_has_says_why(reference, study, expected):
    assert reason_of(reference, study) == expected


def test_days_are_those_to_the_nearest():
    studies = [make_study(f"1.{n}", day=CT_DAY + timedelta(n)) for n in (300, -100, 150)]
    assert reason_of(make_reference(), *studies) == ("no_study_in_window", 100)
