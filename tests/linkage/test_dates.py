from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.linkage.dates import EARLIEST, AmbiguousDate, read_date
from ctbone.linkage.reasons import LinkReason
from tests.linkage.conftest import TODAY

DAY = date(2024, 3, 4)


def read(cell, style=None, earliest=EARLIEST):
    return read_date(cell, style, earliest=earliest, today=TODAY)


@pytest.mark.parametrize(
    ("cell", "style"),
    [
        ("2024-03-04", None),
        ("2024-3-4", "iso"),
        ("2024-03-04T10:30:00+01:00", None),
        ("20240304", "dicom"),
        (20240304, "dicom"),
        ("04/03/2024", "day_first"),
        ("4.3.2024", "day_first"),
        ("04-Mar-2024", "day_first"),
        ("4 March 2024 10:30", "day_first"),
        ("03/04/2024", "month_first"),
        ("3-4-2024 12:00 AM", "month_first"),
        ("45355", "excel_serial"),
        (45355.75, "excel_serial"),
        ("43893", "excel_serial_1904"),
        (datetime(2024, 3, 4, 12), "month_first"),
        (DAY, None),
    ],
)
def test_a_date_is_read_in_its_style(cell, style):
    assert read(cell, style) == DAY


@pytest.mark.parametrize("cell", ["04/03/2024", "13/04/2024", "20240304", "45355", "4.3.24"])
def test_a_date_of_no_named_style_is_refused(cell):
    with pytest.raises(AmbiguousDate):
        read(cell)


@pytest.mark.parametrize(
    ("cell", "style", "reason"),
    [
        ("2023-02-29", None, "impossible_date"),
        ("31/04/2024", "day_first", "impossible_date"),
        ("13/31/2024", "month_first", "impossible_date"),
        ("1950-01-01", "iso", "impossible_date"),
        ("2099-01-01", "iso", "impossible_date"),
        # The 29th of February 1900 that Excel has and nobody else.
        ("60", "excel_serial", "impossible_date"),
        ("03/04/24", "month_first", "unreadable_date"),
        ("04-Mrz-2024", "day_first", "unreadable_date"),
        ("2024-03-04", "day_first", "unreadable_date"),
        ("soon", None, "unreadable_date"),
        ("4.3.2024", "excel_serial", "unreadable_date"),
    ],
)
def test_what_is_no_date_has_its_reason(cell, style, reason):
    assert read(cell, style) is LinkReason(reason)


@settings(max_examples=25)
@given(st.dates(min_value=EARLIEST, max_value=TODAY))
def test_every_style_reads_what_it_wrote(day):
    texts = {
        "iso": day.isoformat(),
        "dicom": f"{day:%Y%m%d}",
        "day_first": f"{day.day}/{day.month}/{day.year}",
        "month_first": f"{day.month}/{day.day}/{day.year}",
        "excel_serial": str((day - date(1899, 12, 30)).days),
        "excel_serial_1904": str((day - date(1904, 1, 1)).days),
    }
    assert {read(text, style) for style, text in texts.items()} == {day}


@settings(max_examples=50)
@given(st.text(max_size=20), st.sampled_from(["iso", "dicom", "day_first", "excel_serial"]))
def test_any_text_is_a_date_or_a_reason(text, style):
    assert isinstance(read(text, style), date | LinkReason)
