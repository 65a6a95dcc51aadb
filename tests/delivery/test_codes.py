"""Codes are those of the standard, word for word, and the page lists every one."""

from pathlib import Path

import pytest
from pydicom.sr._concepts_dict import concepts

from ctbone.anatomy import Code
from ctbone.delivery import codes
from ctbone.records import BoneCategory, CoarseCategory

PAGE = Path(__file__).resolve().parents[2] / "docs" / "delivery.md"

CODES = [value for value in vars(codes).values() if isinstance(value, Code)]
CODES += codes.CATEGORIES.values()


def named_by_the_standard(code):
    """Return what the standard calls a code, without the kind that SNOMED CT has in brackets."""
    found = concepts[code.scheme].values()
    meanings = {names[code.value][0] for names in found if code.value in names}
    return {meaning.partition(" (")[0].lower() for meaning in meanings}


@pytest.mark.parametrize("code", [c for c in CODES if c.scheme in ("DCM", "SCT", "LN")])
def test_codes_mean_what_the_standard_says(code):
    assert code.meaning.lower() in named_by_the_standard(code)


def test_hounsfield_units_are_written_as_ucum_writes_them():
    assert named_by_the_standard(codes.HOUNSFIELD) == {codes.HOUNSFIELD.meaning.lower()}


def test_own_codes_fit_their_elements_and_differ():
    own = [code for code in CODES if code.scheme == codes.OWN]
    assert own
    assert all(len(code.value) <= 16 and len(code.meaning) <= 64 for code in own)
    assert len({code.value for code in own}) == len(own)


def test_every_category_has_a_code():
    assert set(codes.CATEGORIES) == {*BoneCategory, *CoarseCategory}


@pytest.mark.parametrize("code", CODES)
def test_the_page_lists_every_code(code):
    assert code.value in PAGE.read_text(encoding="utf-8")
