import pytest

from ctbone.ingest.contrast import contrast_given

DENIED = (
    "ABD nativ", "Abdomen NATIVE", "ABD W/O CONTRAST", "abdomen wo contrast", "CHEST WITHOUT",
    "CHEST WITHOUT IV CONTRAST", "Abdomen ohne KM", "ABD sans injection", "unenhanced 5.0",
    "NON-CONTRAST ABD", "noncon", "Non Contrast", "NONENHANCED", "no contrast", "Nativ_5.0_Br38",
    "abdomen plain", "ABD_W/O_5.0",
)  # fmt: skip

SILENT = (
    "", "ABD 5.0 B30f", "native kidney", "Native kidneys 2.0", "native renal transplant",
    "Native aortic valve", "natively acquired", "No. 3", "NON GATED", "WITHOUT ORAL CONTRAST",
)  # fmt: skip

BOTH = (
    "ABD WITHOUT AND WITH CONTRAST", "W/O + W", "W/WO CONTRAST", "W AND W/O", "WO & W CONTRAST",
    "nativ + KM", "native portal venous", "portal venous nativ", "nativ und arteriell",
    "ohne und mit KM", "sans et avec injection", "unenhanced and enhanced", "nativ/venös",
    "NON-CONTRAST AND C+", "without, then delayed",
)  # fmt: skip


@pytest.mark.parametrize("words", DENIED)
def test_a_description_can_deny_an_agent(words):
    assert contrast_given(agent="", traces=(), words=words) is False


@pytest.mark.parametrize("words", SILENT + BOTH)
def test_what_says_nothing_or_both_is_unknown(words):
    assert contrast_given(agent="", traces=(), words=words) is None


@pytest.mark.parametrize("words", ["portal venous", "with contrast", "ABD W/ CONTRAST"])
def test_words_alone_affirm_nothing(words):
    assert contrast_given(agent="", traces=(), words=words) is None


@pytest.mark.parametrize("words", DENIED)
def test_attributes_outweigh_words(words):
    assert contrast_given(agent="Iohexol", traces=(), words=words) is True
    assert contrast_given(agent="", traces=("", "?"), words=words) is True


def test_an_agent_of_none_is_a_denial_unless_words_affirm_one():
    assert contrast_given(agent="none", traces=("",), words="ABD 5.0") is False
    assert contrast_given(agent="NONE", traces=(), words="ABD portal venous") is None
