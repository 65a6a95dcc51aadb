import pytest

from ctbone.plurals import counted


@pytest.mark.parametrize(
    ("noun", "several"), [("patient", "patients"), ("study", "studies"), ("day", "days")]
)
def test_one_is_singular(noun, several):
    assert [counted(n, noun) for n in (0, 1, 2)] == [f"0 {several}", f"1 {noun}", f"2 {several}"]
