import pytest

from ctbone.uids import is_uid


@pytest.mark.parametrize("text", ["1.2.840.10008", "0", "1.02.3", "1." * 31 + "10"])
def test_numbers_and_dots_are_a_uid(text):
    assert is_uid(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "1..2", ".1", "1.", "1.2/3", "1.2\n", "1.a", "\u0663.1", "1." * 32 + "1"],
)
def test_nothing_else_is(text):
    assert not is_uid(text)
