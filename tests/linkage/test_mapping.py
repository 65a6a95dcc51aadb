import pytest

from ctbone.linkage import Columns, Sheet
from tests.linkage.conftest import make_sheet


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"standard": None}, "standard must say"),
        ({"columns": Columns(t_score=("t",))}, "must name a date"),
        ({"columns": Columns(date="date")}, "must name a bmd"),
        ({"columns": Columns(date="d", bmd=("b",))}, "bmd_unit must be"),
        ({"columns": Columns(date="d", bmd=("b",)), "bmd_unit": "mg/cm3"}, "DXA gives g/cm2"),
        (
            {"columns": Columns(date="d", bmd=("b",)), "bmd_unit": "g/cm2", "standard": "QCT"},
            "QCT gives mg/cm3 or g/cm3, got a bmd_unit of g/cm2",
        ),
        ({"columns": Columns(date="d", t_score=("t",), site="s")}, "belong together"),
        ({"regions": ("hip",)}, "belong together"),
        ({"worksheet": 0}, "worksheet must be"),
        ({"patient_id_digits": 0}, "patient_id_digits must lie"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make_sheet(**changes)


def test_a_column_is_read_as_one_thing():
    with pytest.raises(ValueError, match=r"\['t'\] more than once"):
        Columns(date="T", t_score=("t",))


def test_columns_are_named_in_any_letter_case():
    sheet = Sheet(
        standard="QCT", columns=Columns(date=" Datum ", bmd=("L1", "L2")), bmd_unit="g/cm3"
    )
    assert set(sheet.columns.names()) == {"patient_id", "datum", "l1", "l2"}
