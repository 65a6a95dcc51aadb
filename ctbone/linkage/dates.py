"""Dates in the style that was named: nothing is guessed from what a date looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from ctbone.linkage.mapping import DateStyle
from ctbone.linkage.reasons import LinkReason

#: A time behind a date, which nothing is made of.
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?(Z|[+-]\d{2}:?\d{2})?$")

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_DICOM = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})([./ -])(?P<month>\d{1,2}|[A-Za-z]{3,9})\2(?P<year>\d{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>\d{1,2})([./-])(?P<day>\d{1,2})\2(?P<year>\d{4})")
_SERIAL = re.compile(r"\d{1,6}(\.\d+)?")

_STYLES: Mapping[str | None, re.Pattern[str]] = MappingProxyType(
    {
        None: _ISO,
        "iso": _ISO,
        "dicom": _DICOM,
        "day_first": _DAY_FIRST,
        "month_first": _MONTH_FIRST,
    }
)

#: The day before day 1. Excel takes 1900 for a leap year, so that its days count from
#: 1899-12-30 once the 29th of February that never was is past.
_EPOCHS = MappingProxyType(
    {"excel_serial": date(1899, 12, 30), "excel_serial_1904": date(1904, 1, 1)}
)

#: First day that Excel's calendar of 1900 has right.
_LEAST_SERIAL = 61

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: Dates before are no date of densitometry or CT, and none of a birth.
EARLIEST, EARLIEST_BIRTH = date(1970, 1, 1), date(1850, 1, 1)


class AmbiguousDate(ValueError):
    """A date could be meant in several ways, and no style was named."""


def read_date(
    cell: Any,  # noqa: ANN401 - whatever a cell holds
    style: DateStyle | None,
    *,
    earliest: date,
    today: date,
) -> date | LinkReason:
    """Return the date of a cell, or why there is none.

    Args:
        cell: A text that is not empty, or a value of a workbook.
        style: How dates of the file are written; ``None`` reads ISO 8601 alone.
        earliest: First day that can be.
        today: Last day that can be.

    Raises:
        AmbiguousDate: If no style was named and it is not ISO 8601.
    """
    found = _parse(cell, style)
    if isinstance(found, date) and not earliest <= found <= today:
        return LinkReason.IMPOSSIBLE_DATE
    return found


def is_calendar_cell(cell: object) -> bool:
    """Return whether a workbook itself knows a cell for a date."""
    return isinstance(cell, date)


def _parse(cell: Any, style: DateStyle | None) -> date | LinkReason:  # noqa: ANN401
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _TIME.sub("", str(cell).strip())
    if epoch := _EPOCHS.get(style or ""):
        return _serial(text, epoch)
    if match := _STYLES[style].fullmatch(text):
        return _day(**match.groupdict())
    if style is None and any(character.isdigit() for character in text):
        raise AmbiguousDate
    return LinkReason.UNREADABLE_DATE


def _day(*, year: str, month: str, day: str) -> date | LinkReason:
    number = _month(month)
    if number is None:
        return LinkReason.UNREADABLE_DATE
    return _or_impossible(lambda: date(int(year), number, int(day)))


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    short = text[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None


def _serial(text: str, epoch: date) -> date | LinkReason:
    if not _SERIAL.fullmatch(text):
        return LinkReason.UNREADABLE_DATE
    days = int(float(text))
    if epoch == _EPOCHS["excel_serial"] and days < _LEAST_SERIAL:
        return LinkReason.IMPOSSIBLE_DATE
    return _or_impossible(lambda: epoch + timedelta(days=days))


def _or_impossible(make: Callable[[], date]) -> date | LinkReason:
    try:
        return make()
    except (ValueError, OverflowError):
        return LinkReason.IMPOSSIBLE_DATE
