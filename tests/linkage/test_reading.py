from dataclasses import replace
from datetime import date, datetime

import pytest

from ctbone.linkage import Columns, Words
from ctbone.linkage.reading import read_references
from ctbone.linkage.references import Reference
from tests.linkage.conftest import CANARY, KEY, TODAY, make_row, make_sheet

QCT = Columns(patient_id="id", date="date", bmd=("l1", "l2"), category="c")
WIDE = Columns(
    patient_id="id",
    date="date",
    t_score=("t", "hip"),
    sex="sex",
    age="age",
    birth_date="birth",
    contrast="agent",
    implant="metal",
    accession="acc",
    category="c",
)


def read(*rows, **changes):
    return read_references(rows, make_sheet(**changes), key=KEY, today=TODAY)


def reason_of(row, **changes):
    (found,) = read(row, **changes)
    return found.reason.value


def qct(**changes):
    return {"standard": "QCT", "columns": QCT, "bmd_unit": "mg/cm3", "date_style": None} | changes


def test_a_row_is_read_whole():
    row = make_row(
        hip="-2.9",
        sex="F",
        age="70",
        birth="1953-01-01",
        agent="no",
        metal="Yes",
        acc=" a 7 ",
        c="NA",
    )
    (found,) = read(row, columns=WIDE)
    assert (found.day, found.standard, found.t_score) == (date(2024, 3, 1), "DXA", -2.9)
    assert found.category == "osteoporosis"
    assert (found.sex, found.age_years, found.birth) == ("F", 70.0, date(1953, 1, 1))
    assert (found.contrast, found.implant) == (False, True)
    assert "1953" not in repr(found)
    assert found.accession
    assert found.accession not in repr(found)
    assert found.patient not in repr(found)


@pytest.mark.parametrize(
    ("unit", "phantom", "cells", "density"),
    [
        ("mg/cm3", "k2hpo4", ("90", "110"), 100.0),
        ("mg/cm3", "k2hpo4", ("90", ""), 90.0),
        ("g/cm3", "k2hpo4", ("0.09", "0.11"), 100.0),
        ("mg/cm3", "hydroxyapatite", ("107.68", "107.68"), 100.0),
    ],
)
def test_densities_are_mg_cm3_of_k2hpo4(unit, phantom, cells, density):
    row = make_row(l1=cells[0], l2=cells[1], c="")
    (found,) = read(row, **qct(bmd_unit=unit, bmd_phantom=phantom))
    assert found.bmd_mg_cm3 == pytest.approx(density)
    assert found.category == "osteopenia"


def test_an_areal_density_is_never_one_of_a_volume():
    columns = replace(QCT, bmd=("bmd",), t_score=("t",), category=None)
    areal = {"columns": columns, "bmd_unit": "g/cm2"}
    (found,) = read(make_row(bmd="0,967", t="-1.2"), **areal)
    assert (found.bmd_mg_cm3, found.t_score) == (None, -1.2)
    assert reason_of(make_row(bmd="0.967", t=""), **areal) == "areal_density_only"
    sound = make_row(3, bmd="0.9")
    assert [r.reason.value for r in read(make_row(bmd="96.7"), sound, **areal)[:1]] == [
        "implausible_value"
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"id": ""}, "no_patient_id"),
        ({"id": "1.2E+11"}, "damaged_patient_id"),
        ({"date": ""}, "no_date"),
        ({"date": "tomorrow"}, "unreadable_date"),
        ({"date": "2023-02-29"}, "impossible_date"),
        ({"t": "low"}, "unreadable_value"),
        ({"t": ""}, "no_result"),
        ({"t": "-26"}, "implausible_value"),
        ({"c": "normal"}, "category_disagrees"),
        ({"c": "perhaps"}, "unknown_word"),
        ({"sex": "x"}, "unknown_word"),
        ({"metal": "plenty"}, "unknown_word"),
        ({"birth": "2024-03-01"}, "impossible_date"),
        ({"age": "190"}, "implausible_value"),
    ],
)
def test_a_row_that_is_no_reference_has_its_reason(cells, reason):
    known = dict.fromkeys(("hip", "sex", "age", "birth", "agent", "metal", "acc", "c"), "")
    (found,) = read(make_row(**(known | cells)), columns=WIDE)
    assert found.reason == reason
    assert found.detail in ("", *(name for name in WIDE.__dataclass_fields__))


def test_a_row_that_names_its_study_needs_no_date():
    known = dict.fromkeys(("hip", "sex", "age", "birth", "agent", "metal", "c"), "")
    (found,) = read(make_row(**(known | {"date": "", "acc": "7"})), columns=WIDE)
    assert isinstance(found, Reference)
    assert found.day is None


def test_a_date_in_a_style_that_was_not_named_is_refused_with_its_place():
    with pytest.raises(ValueError, match="spreadsheet 1, line 9: expected date in ISO 8601") as e:
        read(make_row(9, id=CANARY, date="03/04/2024"))
    assert "03/04" not in str(e.value)


def test_dates_that_a_workbook_took_apart_are_refused():
    rows = (
        make_row(2, date=datetime(2024, 4, 3)),
        make_row(3, date="13/04/2024"),
    )
    with pytest.raises(ValueError, match=r"date in line 2 and text in line 3; days and months"):
        read(*rows, date_style="day_first")
    sound = (rows[0], make_row(3, date="2024-04-13"))
    assert [row.day.day for row in read(*sound)] == [3, 13]


def test_all_densities_in_another_unit_are_refused_at_once():
    rows = [make_row(line, l1="0.1", l2="0.12", c="") for line in (2, 3)]
    with pytest.raises(ValueError, match=r"^spreadsheet 1: bmd_mg_cm3: expected mg/cm3"):
        read(*rows, **qct())
    rows = [make_row(line, l1="100", l2="120", c="") for line in (2, 3)]
    with pytest.raises(ValueError, match="none in all 2 rows that have one"):
        read(*rows, **qct(bmd_unit="g/cm3"))


def test_identifiers_compare_without_case_white_space_and_lost_zeros():
    first, second, third = read(
        make_row(2, id=" ab 1"), make_row(3, id="AB1"), make_row(4, id="AB01")
    )
    assert first.patient == second.patient != third.patient
    (short,), (long,) = read(make_row(id=77.0)), read(make_row(id="0077"))
    assert short.patient != long.patient
    assert long.patient in short.other_patients
    assert read(make_row(id=77), patient_id_digits=4)[0].patient == long.patient


def test_sites_and_splits_come_from_a_closed_list():
    columns = Columns(patient_id="id", date="date", t_score=("t",), site="s", split="u")
    both = {"columns": columns, "sites": ("North",)}
    (found,) = read(make_row(s="north", u="internal_test"), **both)
    assert (found.site, found.split) == ("North", "internal_test")
    assert reason_of(make_row(s=CANARY, u="train"), **both) == "unknown_word"
    assert reason_of(make_row(s="north", u="holdout"), **both) == "unknown_word"
    assert reason_of(make_row(s="north", u=""), **both) == "unknown_word"


def test_regions_that_are_not_asked_for_are_passed_over():
    columns = Columns(patient_id="id", date="date", t_score=("t",), region="r")
    asked = {"columns": columns, "regions": ("L1-L4", "Hip")}
    found = read(make_row(r="l1-l4"), make_row(3, r="hip"), **asked)
    assert [row.region for row in found] == ["L1-L4", "Hip"]
    for region in ("L1", "", CANARY):
        assert reason_of(make_row(r=region, t="none"), **asked) == "other_region"


def test_a_t_score_of_qct_is_no_result():
    columns = Columns(patient_id="id", date="date", t_score=("t",))
    assert reason_of(make_row(), standard="QCT", columns=columns) == "no_result"


def test_words_are_those_of_the_sheet():
    columns = Columns(patient_id="id", date="date", category="c")
    words = Words(osteopenia=("Osteopenie",))
    (found,) = read(make_row(c="osteopenie"), columns=columns, words=words, standard="HU")
    assert found.category == "osteopenia"
