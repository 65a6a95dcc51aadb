from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ctbone.evaluation import assess
from ctbone.evaluation.page import agreement_tables

from ..conftest import make_reference, make_result  # noqa: TID252 - fixtures of the room
from ..two_groups import by_t_score  # noqa: TID252


@pytest.fixture
def whole(cases):
    return assess("all_patients", cases)


def row(table, name):
    (found,) = [[cell.text for cell in row] for row in table.cells if row[0].text == name]
    return found


def test_densities_stand_in_a_column_a_group(whole):
    table = agreement_tables.density([whole, whole])
    assert table.columns == ("Quantity", "all patients", "all patients")
    assert row(table, "Patients with both") == ["Patients with both", "7", "7"]
    assert row(table, "Bias, mg/cm3")[1].startswith("-1.4 (")
    intercept = whole.density.calibration.intercept.estimate
    assert row(table, "Calibration intercept, mg/cm3")[1].startswith(f"{intercept:.1f} (")


def test_the_least_significant_change_is_shown_where_studies_repeat(cases, whole):
    table = agreement_tables.density([whole])
    assert not any(cells[0].text.startswith("Least") for cells in table.cells)
    first = cases[0]
    again = replace(
        first,
        reference=make_reference("0.2", 150, patient_id="p0", study_date=date(2020, 1, 5)),
        result=make_result("0.2", 150),
    )
    repeated = assess("all_patients", cases, studies=[*cases, again])
    found = row(agreement_tables.density([repeated, whole]), "Least significant change, mg/cm3")
    assert found[1].startswith("19.6 (")
    assert found[2] == "not given"


def test_categories_agree_as_the_assessment_says(whole):
    table = agreement_tables.agreement([whole])
    assert row(table, "Same category, %")[1].startswith("57.1 (")
    kappa = whole.agreement.quadratic_kappa.estimate
    assert row(table, "Kappa, quadratic weights")[1].startswith(f"{kappa:.2f} (")
    assert row(table, "Brier score of the three")[1] == "not given"


def test_t_scores_stand_in_their_unit_with_two_decimals():
    told = [(-3.0, -2.5), (-1.5, -1.5), (0.0, -0.5), (1.0, 1.5)]
    found = agreement_tables.t_score([assess("all", by_t_score(told))])
    rows = {cells[0].text: cells[1].text for cells in found.cells}
    assert rows["Patients with both"] == "4"
    assert rows["Mean absolute difference, SD"].startswith("0.38 (")
    assert not any("mg/cm3" in name for name in rows)
