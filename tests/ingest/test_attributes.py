import math
from dataclasses import fields
from datetime import date
from types import NoneType
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.ingest import attributes as decode
from ctbone.ingest.tags import COMMON_TAGS
from ctbone.records import PixelEncoding


def common(syntax=b"1.2.840.10008.1.2.1", **values):
    return (*(values.get(name, b"") for name in COMMON_TAGS), syntax)


@pytest.mark.parametrize(
    ("values", "age"),
    [
        ({"age": b"064Y"}, 64.0),
        ({"age": b"018M"}, 1.5),
        ({"age": b"026W"}, 0.5),
        ({"age": b"073D"}, 0.2),
        ({"age": b"000Y"}, None),
        ({"age": b"old"}, None),
        ({"birth_date": b"19640229", "study_date": b"20240229"}, 60.0),
        ({"age": b"061Y", "birth_date": b"19640229", "study_date": b"20240229"}, 61.0),
        ({"birth_date": b"20240229", "study_date": b"20240229"}, None),
        ({"birth_date": b"19640229"}, None),
        ({}, None),
    ],
)
def test_age(values, age):
    assert decode.age_years(common(**values)) == age


@pytest.mark.parametrize(
    ("values", "contrast"),
    [
        ({"contrast_agent": b"OMNIPAQUE 300 "}, True),
        ({"contrast_start": b"101112"}, True),
        ({"contrast_route": b"IV"}, True),
        ({"contrast_agent": b"Omnipaque", "description": b"ABD native"}, True),
        ({"contrast_agent": b"NONE"}, False),
        ({"description": b"Abdomen nativ 1.5"}, False),
        ({"description": b"CT W/O CONTRAST"}, False),
        ({"protocol": b"Thorax_ohne_KM"}, False),
        ({"protocol": b"non-contrast chest"}, False),
        ({"description": b"unenhanced"}, False),
        ({"description": b"Alternative position"}, None),
        ({"description": b"portal venous"}, None),
        ({}, None),
    ],
)
def test_contrast(values, contrast):
    assert decode.contrast(common(**values)) is contrast


@pytest.mark.parametrize(
    ("syntax", "admitted", "expected"),
    [
        ("1.2.840.10008.1.2.1", "", False),
        ("1.2.840.10008.1.2.1", "01", True),
        ("1.2.840.10008.1.2.4.51", "00", True),
        ("1.2.840.10008.1.2.4.70", "", False),
        ("1.2.840.10008.1.2.4.80", "", False),
        ("1.2.840.10008.1.2.4.81", "", True),
        ("1.2.840.10008.1.2.4.90", "", False),
        ("1.2.840.10008.1.2.4.91", "", False),
        ("1.2.840.10008.1.2.4.91", "01", True),
        ("1.2.840.10008.1.2.4.91", "00", False),
    ],
)
def test_lossy(syntax, admitted, expected):
    assert decode.is_lossy(syntax, admitted) is expected
    encoding = decode.attributes(common(syntax.encode(), lossy=admitted.encode())).encoding
    assert encoding.is_lossy is expected


def test_padding_is_a_stored_value_with_the_sign_of_the_pixels():
    signed = common(padding=b"\x30\xf8", is_signed=b"\x01\x00")
    unsigned = common(padding=b"\x30\xf8", is_signed=b"\x00\x00")
    assert decode.attributes(signed).encoding.padding == -2000
    assert decode.attributes(unsigned).encoding.padding == 63536
    assert decode.attributes(common()).encoding.padding is None


def test_what_is_absent_or_nonsense_is_none():
    found = decode.attributes(
        common(orientation=b"1\\0\\0", spacing=b"a\\b", thickness=b"nan", slope=b"1e999")
    )
    assert (found.orientation, found.spacing_mm, found.slice_thickness_mm) == (None, None, None)
    assert (found.encoding.rescale_slope, found.encoding.rescale_intercept) == (None, None)
    assert decode.day(b"20241399") is None
    assert decode.day(b"2024.02.29") == date(2024, 2, 29)
    assert decode.sex(common(sex=b"female")) is None
    assert decode.sex(common(sex=b"f ")) == "F"


@given(raw=st.binary(max_size=40))
def test_no_bytes_raise(raw):
    everything = common(raw, **dict.fromkeys(COMMON_TAGS, raw))
    found = decode.attributes(everything)
    assert all(isinstance(word, str) for word in found.image_type)
    assert {type(n) for n in (found.rows, found.columns)} == {int}
    assert type(found.acquisition) in {int, NoneType}
    assert type(found.slice_thickness_mm) in {float, NoneType}
    assert is_tuple_of_finite(found.orientation, 6)
    assert is_tuple_of_finite(found.spacing_mm, 2)
    assert is_tuple_of_finite(decode.position(raw), 3)
    for item in fields(PixelEncoding):
        value = getattr(found.encoding, item.name)
        assert isinstance(value, get_type_hints(PixelEncoding)[item.name]), item.name
    assert type(decode.age_years(everything)) in {float, NoneType}
    assert decode.contrast(everything) in {True, False, None}
    assert decode.sex(everything) in {"F", "M", "O", None}
    assert type(decode.integer(raw)) in {int, NoneType}


def is_tuple_of_finite(value, count):
    return value is None or (
        isinstance(value, tuple)
        and len(value) == count
        and all(isinstance(v, float) and math.isfinite(v) for v in value)
    )


@given(first=st.text(max_size=8), second=st.text(max_size=8))
def test_pseudonyms_depend_on_patient_issuer_and_key(first, second):
    one = decode.pseudonym(first, key=b"k", issuer=second)
    assert len(one) == 16
    assert set(one) <= set("0123456789abcdef")
    assert one == decode.pseudonym(first, key=b"k", issuer=second)
    assert one != decode.pseudonym(first, key=b"other", issuer=second)
    if decode.as_linked(first) != decode.as_linked(second):
        assert one != decode.pseudonym(second, key=b"k", issuer=first)


def test_a_patient_in_two_letter_cases_has_one_pseudonym():
    one = decode.pseudonym("ab 12", key=b"k", issuer="North Clinic")
    assert one == decode.pseudonym("AB12", key=b"k", issuer="NORTH clinic ")
    assert one != decode.pseudonym("AB13", key=b"k", issuer="North Clinic")


def test_derived_uid_is_a_valid_one():
    uid = decode.derived_uid("f" * 64)
    assert uid == f"2.25.{2**128 - 1}"
    assert len(uid) <= 64


def test_underscores_are_no_digits():
    assert decode.numbers(b"3_3\\1", 2) is None
    assert decode.integer(b"1_0") is None


def test_no_bits_stored_are_not_taken_for_all():
    assert decode.attributes(common(b"", bits_stored=b"\0\0")).encoding.bits_stored == 0
