"""Which levels a patient is measured in, and what is said where it is none."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import ctbone
from ctbone.anatomy import VertebralLevel
from ctbone.errors import (
    LevelNotInField,
    LevelUncertain,
    NotEvaluable,
    Reason,
    SpineNotFound,
)
from ctbone.localisation.trust import choose, missing_levels, refusal, require_fallback
from ctbone.records import Flag

from .conftest import vertebra

WANTED = (VertebralLevel.L1, VertebralLevel.L2)
SPARE = (VertebralLevel.T12, VertebralLevel.L3)


def refused(level, reason):
    return vertebra(level, reason=reason, detail=f"found {reason}")


def levels_of(choice):
    return [v.level.name for v in choice.vertebrae]


def test_the_levels_that_nothing_speaks_against_are_chosen():
    found = (vertebra("T12"), refused("L1", Reason.METAL), vertebra("L2"), vertebra("L3"))
    choice = choose(found, levels=WANTED, fallback=SPARE)
    assert (levels_of(choice), choice.flags) == (["L2"], ())


def test_the_fallback_stands_in_for_all_of_them_and_says_so():
    found = (vertebra("T12"), refused("L1", Reason.METAL), refused("L3", Reason.FRACTURE))
    choice = choose(found, levels=WANTED, fallback=SPARE)
    assert (levels_of(choice), choice.flags) == (["T12"], (Flag.FALLBACK_LEVEL,))
    assert choice.vertebrae[0].flags == (Flag.FALLBACK_LEVEL,)
    with pytest.raises(NotEvaluable):
        choose(found, levels=WANTED)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (Reason.FRACTURE, Reason.METAL, Reason.METAL),
        (Reason.METAL, Reason.REJECTED_IN_REVIEW, Reason.REJECTED_IN_REVIEW),
        (Reason.TRUNCATED, Reason.FOCAL_LESION, Reason.FOCAL_LESION),
        (Reason.LEVELS_DISAGREE, Reason.LEVELS_DISAGREE, Reason.LEVELS_DISAGREE),
        (Reason.IMPLAUSIBLE_ATTENUATION, Reason.FRACTURE, Reason.FRACTURE),
        (Reason.NOT_EVALUABLE, Reason.SEVERE_DEGENERATION, Reason.SEVERE_DEGENERATION),
    ],
)
def test_a_study_has_the_reason_that_says_most(first, second, said):
    fault = refusal((refused("L1", first), refused("L2", second)), levels=WANTED)
    assert isinstance(fault, NotEvaluable)
    assert fault.reason is said
    assert f"L1: {first.replace('_', ' ')}, found {first}; L2: " in str(fault)


def test_levels_that_cannot_be_told_flow_through_with_their_candidates():
    found = tuple(
        vertebra(n, reason=Reason.LEVEL_UNCERTAIN, detail="L1 (0.6) or L2 (0.4)")
        for n in ("L1", "L2")
    )
    with pytest.raises(LevelUncertain, match=r"L1: level uncertain, L1 \(0.6\) or L2 \(0.4\)"):
        choose(found, levels=WANTED)


def test_a_level_that_may_go_by_another_name_is_not_said_to_be_out_of_view():
    uncertain = replace(
        refused("L3", Reason.LEVEL_UNCERTAIN), runner_up=VertebralLevel.L2, confidence=0.5
    )
    said = str(refusal((uncertain,), levels=WANTED))
    assert "L2: perhaps what is called L3" in said
    assert "L1: not in the field of view" in said


def test_a_study_that_shows_none_of_the_levels_says_what_it_shows():
    found = (vertebra("T10"), vertebra("T11", is_whole=False))
    with pytest.raises(LevelNotInField, match=r"L1 or L2 whole .*, found T10, T11 \(cut\)"):
        choose(found, levels=WANTED)
    with pytest.raises(LevelNotInField, match="found no vertebra"):
        choose((), levels=WANTED)


def test_a_cut_level_is_truncated_whoever_says_so():
    fault = refusal((vertebra("L1", is_whole=False),), levels=WANTED)
    assert fault.reason is Reason.TRUNCATED
    assert "L2: not in the field of view" in str(fault)


def test_where_no_vertebra_is_one_there_is_no_spine():
    found = (
        refused("L1", Reason.IMPLAUSIBLE_ATTENUATION),
        refused("L2", Reason.IMPLAUSIBLE_GEOMETRY),
    )
    assert isinstance(refusal(found, levels=WANTED), SpineNotFound)
    fault = refusal((vertebra("T12"), *found), levels=WANTED)
    assert fault.reason is Reason.IMPLAUSIBLE_GEOMETRY


def test_what_was_asked_for_and_is_not_there():
    assert missing_levels((vertebra("L2"),), WANTED) == (VertebralLevel.L1,)


def test_a_fallback_names_other_levels():
    require_fallback(("L1", "L2"), ("T12", "L3"))
    with pytest.raises(ValueError, match="each once, got L1"):
        require_fallback(("L1", "L2"), ("L1",))
    with pytest.raises(ValueError, match="each once, got L3"):
        require_fallback(("L1",), ("L3", "L3"))


def test_every_reason_that_a_vertebra_can_carry_has_its_place():
    package = Path(ctbone.__file__).parent
    rooms = [package / name for name in ("localisation", "patches", "estimation")]
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")]
    given = {name for text in texts for name in re.findall(r"\bReason\.([A-Z_]+)", text)}
    # Of a study as a whole, never of a vertebra.
    carried = {Reason[name] for name in given} - {Reason.RELABELLED_IN_REVIEW}
    assert {Reason.MASK_MISSING, Reason.METAL} < carried
    for reason in carried:
        assert refusal((refused("L1", reason),), levels=WANTED[:1]).reason in {
            reason,
            # Where it is that of all vertebrae.
            *((Reason.SPINE_NOT_FOUND,) if reason.startswith("implausible") else ()),
        }
