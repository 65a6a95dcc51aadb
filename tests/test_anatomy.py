import re

import pytest

from ctbone.anatomy import (
    BONE_TISSUE,
    LABELS,
    SNOMED_CT,
    VERTEBRAL_BODY,
    VertebralLevel,
    anatomic_region,
    require_levels,
    structure_name,
)

V = VertebralLevel

#: Entries typed from each source by hand, at both ends and where a slip by one would show:
#: map_to_binary.py of wasserth/TotalSegmentator, metadata.json of MONAI's bundle, VerSe's README.
PUBLISHED = {
    "verse": {1: "C1", 7: "C7", 8: "T1", 19: "T12", 20: "L1", 24: "L5", 25: "L6", 28: "T13"},
    "totalsegmentator_v1": {
        18: "L5", 21: "L2", 22: "L1", 23: "T12", 34: "T1", 35: "C7", 41: "C1",
    },
    "totalsegmentator_v2": {
        26: "S1", 27: "L5", 30: "L2", 31: "L1", 32: "T12", 43: "T1", 44: "C7", 50: "C1",
    },
    "monai": {18: "L5", 21: "L2", 22: "L1", 23: "T12", 34: "T1", 35: "C7", 41: "C1"},
}  # fmt: skip

#: How many vertebrae each scheme numbers: 24, with S1, or with L6, S1 and T13.
COUNTS = {"verse": 27, "totalsegmentator_v1": 24, "totalsegmentator_v2": 25, "monai": 24}


def test_levels_that_stand_once_are_fine():
    require_levels(("L2", "L1"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "levels must name at least one level, got none"),
        (("L1", "L2", "L1"), "levels must name each level once, got L1 twice"),
    ],
)
def test_no_level_and_one_twice_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        require_levels(names)


@pytest.mark.parametrize("scheme", PUBLISHED)
def test_numbers_are_those_that_each_source_publishes(scheme):
    found = {number: LABELS[scheme][number].name for number in PUBLISHED[scheme]}
    assert found == PUBLISHED[scheme]
    assert len(LABELS[scheme]) == COUNTS[scheme]
    assert len(set(LABELS[scheme].values())) == COUNTS[scheme]


@pytest.mark.parametrize("scheme", ["totalsegmentator_v1", "totalsegmentator_v2", "monai"])
def test_numbers_of_totalsegmentator_run_upwards_without_a_gap(scheme):
    numbers = sorted(LABELS[scheme])
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    orders = [LABELS[scheme][number].order for number in numbers]
    assert orders == sorted(orders, reverse=True)


def test_the_old_name_of_totalsegmentator_means_version_2():
    assert LABELS["totalsegmentator"] == LABELS["totalsegmentator_v2"]
    assert LABELS["totalsegmentator_v1"][22] is V.L1
    assert 22 not in LABELS["totalsegmentator_v2"]


def test_nnunet_has_no_numbers_of_its_own():
    assert not LABELS["nnunet"]


def is_sctid(value):
    """Check an identifier of SNOMED CT by its last digit (Verhoeff 1969, the dihedral group)."""
    total = 0
    for place, character in enumerate(reversed(value)):
        digit = int(character)
        for _ in range(place % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        total = dihedral(total, digit)
    return total == 0


def dihedral(one, other):
    """Multiply in the symmetries of a pentagon: below 5 rotations, from 5 reflections."""
    turn = (one + other) % 5 if one < 5 else (one - other) % 5
    return turn if (one < 5) == (other < 5) else turn + 5


def test_the_check_tells_a_digit_off():
    assert is_sctid("66794005")
    assert not is_sctid("66794006")
    assert not is_sctid("66749005")


def test_codes_are_snomed_ct_and_each_stands_once():
    codes = [anatomic_region(level).value for level in V]
    assert len(set(codes)) == len(V)
    for code in (*codes, VERTEBRAL_BODY.value, BONE_TISSUE.value):
        assert is_sctid(code)


def test_codes_of_vertebrae_are_those_of_the_dicom_standard():
    from pydicom.sr.codedict import codes

    for level in set(V) - {V.S1, V.L6, V.T13}:
        code = getattr(codes.CID7603, f"{level.name}Vertebra")
        assert anatomic_region(level) == (code.value, "SCT", code.meaning)
    assert codes.SCT.BoneTissue.value == BONE_TISSUE.value


def test_levels_without_a_code_stand_for_their_part_of_the_spine():
    from pydicom.sr.codedict import codes

    assert set(V) - set(SNOMED_CT) == {V.L6, V.T13}
    assert anatomic_region(V.L6).value == codes.SCT.LumbarSpine.value
    assert anatomic_region(V.T13).value == codes.SCT.ThoracicSpine.value


def test_structures_are_named_as_in_the_class_maps():
    assert all(re.fullmatch(r"vertebrae_[CTLS]\d+", structure_name(level)) for level in V)
