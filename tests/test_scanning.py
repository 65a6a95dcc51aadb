"""Makers are known by their words, and a word that names a maker may stand in results."""

import pytest

from ctbone.scanning import MAKERS, is_maker_word, is_same_kvp, maker_of, words_of


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens"),
        ("GE MEDICAL SYSTEMS", "GE"),
        ("GEMS", "GE"),
        ("Canon Medical Systems", "Canon or Toshiba"),
        ("TOSHIBA_MEC", "Canon or Toshiba"),
        ("FUJIFILM Healthcare", "Fujifilm or Hitachi"),
        ("United Imaging", "United Imaging"),
        ("Brigems Ltd", None),
        ("", None),
    ],
)
def test_a_maker_is_known_by_a_whole_word(name, maker):
    assert maker_of(name) == maker


def test_every_maker_may_be_named_in_results():
    assert all(is_maker_word(word.upper()) for word in MAKERS)
    assert is_maker_word("Healthcare")
    assert not is_maker_word("Jane")


def test_words_and_numbers_part_where_no_space_does():
    assert words_of("LightSpeed16, room-2") == ("lightspeed", "16", "room", "2")


@pytest.mark.parametrize(("other", "same"), [(120.0, True), (119.5, True), (120.6, False)])
def test_a_rounded_tube_potential_is_the_same(other, same):
    assert is_same_kvp(120.0, other) is is_same_kvp(other, 120.0) is same
