from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ctbone.interchange.naming import file_names


def test_letters_of_every_script_stay():
    names = file_names(["骨质疏松", "骨量减少", "ostéoporose", "अस्थि"])
    assert list(names.values()) == ["骨质疏松", "骨量减少", "ostéoporose", "अस्थि"]


def test_names_that_would_be_one_file_are_numbered():
    names = ["a b", "a-b", "A/B", "a_b_2", "../..", "?"]
    assert list(file_names(names).values()) == [
        *("a_b", "a_b_2", "A_B_3", "a_b_2_2", "target", "target_2")
    ]


@given(st.lists(st.text(max_size=60)))
def test_every_name_has_a_file_of_its_own(names):
    found = file_names(names)
    assert found.keys() == set(names)
    folded = {unicodedata.normalize("NFC", part).casefold() for part in found.values()}
    assert len(folded) == len(found)
    assert not any(set(part) & set('/\\:*?"<>|. \0') for part in found.values())
