import pytest

from ctbone.linkage import cells
from ctbone.linkage.cells import Refused, is_missing
from ctbone.linkage.mapping import Words


@pytest.mark.parametrize(
    ("cell", "digits", "text"),
    [
        ("  P 1 ", None, "P 1"),
        (77, None, "77"),
        (77.0, None, "77"),
        (77, 4, "0077"),
        ("77", 4, "0077"),
        ("P77", 6, "P77"),
    ],
)
def test_identifiers_are_text(cell, digits, text):
    assert cells.identifier(cell, digits=digits) == text


@pytest.mark.parametrize("cell", ["1.23E+11", "1,23E+11", 1.2e17])
def test_an_identifier_that_was_rounded_is_none(cell):
    with pytest.raises(Refused) as refused:
        cells.identifier(cell, digits=None)
    assert refused.value.reason == "damaged_patient_id"


@pytest.mark.parametrize("cell", [None, "", "  ", "NA", "n/a", "#N/A", "-", "Unknown"])
def test_words_for_nothing_are_nothing(cell):
    assert is_missing(cell, Words())


@pytest.mark.parametrize(
    ("cell", "number"), [("-2,5", -2.5), ("-2.5", -2.5), (-2.5, -2.5), (3, 3)]
)
def test_numbers(cell, number):
    assert cells.number(cell, name="t_score") == number


@pytest.mark.parametrize("cell", ["<-2.5", "1,234", "Canary", True, float("nan")])
def test_a_number_that_is_none_is_not_quoted(cell):
    with pytest.raises(Refused) as refused:
        cells.number(cell, name="t_score")
    assert (refused.value.reason, refused.value.detail) == ("unreadable_value", "t_score")


def test_words_have_the_meaning_of_their_vocabulary():
    words = Words(female=("w", "weiblich"), positive=("ja", "1"))
    assert cells.sex(" Weiblich ", words) == "F"
    assert cells.truth(1.0, words, name="contrast") is True
    assert cells.category("OSTEOPENIA", words) == "osteopenia"
    assert cells.one_of("north", ("North", "South"), name="site") == "North"
    for call in (lambda: cells.sex("f", words), lambda: cells.truth("yes", words, name="x")):
        with pytest.raises(Refused, match="unknown_word"):
            call()
