from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.interchange import REVIEW_COLUMNS, Verdict, counted_rows, read_review

L = VertebralLevel

#: What the page of a run exports, byte for byte: whoever changes the one changes the other.
GOLDEN = (
    "study_uid,verdict,relabel,note,reviewer,reviewed_on\r\n"
    "1.2.840.1,accept,,,AB,2026-11-22\r\n"
    '1.2.840.2,reject,,"cement in L1, ""kyphoplasty""\nand L2",AB,2026-11-22\r\n'
    "1.2.840.3,relabel,T12=T11 L1=T12 L2=L1 L3=none,rib stump,,2026-11-23\r\n"
)

SHIFT = {L.T12: L.T11, L.L1: L.T12, L.L2: L.L1, L.L3: None}


def written(tmp_path, text):
    path = tmp_path / "review.csv"
    path.write_bytes(text.encode())
    return path


def test_the_export_of_the_page_is_read(tmp_path):
    found = read_review(written(tmp_path, GOLDEN))
    note = 'cement in L1, "kyphoplasty"\nand L2'
    day = date(2026, 11, 22)
    assert found == {
        "1.2.840.1": Verdict(
            study_uid="1.2.840.1", verdict="accept", reviewer="AB", reviewed_on=day
        ),
        "1.2.840.2": Verdict(
            study_uid="1.2.840.2", verdict="reject", note=note, reviewer="AB", reviewed_on=day
        ),
        "1.2.840.3": Verdict(
            study_uid="1.2.840.3",
            verdict="relabel",
            relabel=SHIFT,
            note="rib stump",
            reviewed_on=date(2026, 11, 23),
        ),
    }


def test_columns_are_those_that_are_promised():
    assert GOLDEN.startswith(",".join(REVIEW_COLUMNS) + "\r\n")


def test_a_spreadsheet_may_have_saved_it_its_own_way(tmp_path):
    plain = GOLDEN.replace('"cement in L1, ""kyphoplasty""\nand L2"', "cement")
    saved = "\ufeff" + plain.replace(",", ";")
    assert len(read_review(written(tmp_path, saved))) == 3


def test_a_review_without_verdicts_is_one(tmp_path):
    assert read_review(written(tmp_path, GOLDEN.partition("\n")[0])) == {}


def row(**changes):
    cells = {
        "study_uid": "1.2", "verdict": "accept", "relabel": "", "note": "DOE JANE",
        "reviewer": "DOE", "reviewed_on": "2026-11-22",
    }  # fmt: skip
    return cells | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"study_uid": ""}, "column study_uid: expected a StudyInstanceUID, found an empty cell"),
        ({"verdict": "Accept"}, "column verdict: expected accept, reject or relabel, found 'Acc"),
        ({"verdict": ""}, "column verdict: expected accept, reject or relabel, found ''"),
        ({"reviewed_on": "22.11.2026"}, r"reviewed_on: expected a date as in .*, found another"),
        ({"reviewed_on": ""}, "column reviewed_on: expected a date .*, found an empty cell"),
        ({"verdict": "relabel"}, "relabel: expected new names .* alone, found 0 with relabel"),
        ({"relabel": "L1=L2"}, "relabel: expected new names .* alone, found 1 with accept"),
        ({"verdict": "relabel", "relabel": "L1"}, "expected OLD=NEW as in L1=T12, found 'L1'"),
        ({"verdict": "relabel", "relabel": "L1=L12"}, "level as in T12 or L1, found 'L12'"),
        ({"verdict": "relabel", "relabel": "l1=L2"}, "level as in T12 or L1, found 'l1'"),
        ({"verdict": "relabel", "relabel": "none=L2"}, "level as in T12 or L1, found 'none'"),
        ({"verdict": "relabel", "relabel": "L1="}, "level as in T12 or L1, found ''"),
        ({"verdict": "relabel", "relabel": "L1=L2 L1=L3"}, "each vertebra once, found L1 twice"),
        ({"verdict": "relabel", "relabel": "L1=L3 L2=L3"}, "another name for each, found L3 twi"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column_and_nothing_of_the_note(
    tmp_path, changes, told
):
    path = write_rows(
        tmp_path / "review.csv", REVIEW_COLUMNS, [row(study_uid="1"), row(**changes)]
    )
    with pytest.raises(ValueError, match=rf"^review.csv, line 3, .*{told}") as fault:
        read_review(path)
    assert "DOE" not in str(fault.value)
    assert "column " in str(fault.value)


def test_a_study_has_one_verdict(tmp_path):
    path = write_rows(tmp_path / "review.csv", REVIEW_COLUMNS, [row(), row()])
    with pytest.raises(ValueError, match="a study must stand once, line 2 and line 3 are of one"):
        read_review(path)


@pytest.mark.parametrize("text", ["1.2,accept,,DOE JANE,DOE,2026-11-22\n", GOLDEN[:30], ""])
def test_what_is_no_review_is_refused_without_its_content(tmp_path, text):
    with pytest.raises(ValueError, match=r"^review.csv: expected") as fault:
        read_review(written(tmp_path, text))
    assert "DOE" not in str(fault.value)


def test_what_is_shown_of_a_verdict_is_nothing_that_a_person_wrote():
    verdict = Verdict(**row(relabel={}, reviewed_on=date(2026, 1, 1)))
    assert "DOE" not in repr(verdict)


def test_what_a_verdict_changes_does_not_hang_on_the_order_of_names():
    day = date(2026, 1, 1)
    one, other = (
        Verdict(study_uid="1", verdict="relabel", relabel=dict(pairs), reviewed_on=day)
        for pairs in (SHIFT.items(), reversed(SHIFT.items()))
    )
    assert one.changes == other.changes
    assert ("L3", "none") in one.changes
    accepted = Verdict(study_uid="1", verdict="accept", reviewed_on=day)
    rejected = Verdict(study_uid="1", verdict="reject", reviewed_on=day)
    assert len({one.changes, accepted.changes, rejected.changes}) == 3
    assert accepted.changes == ()


def test_rows_that_count_and_those_that_do_not_are_told_where_there_are_any():
    assert counted_rows(0, idle={}) == []
    assert counted_rows(3, idle={"not in the export": 0}) == ["3 of 3 rows of the review count"]
    assert counted_rows(4, idle={"not in the export": 1, "that are odd": 2}) == [
        "1 of 4 rows of the review count (for nothing: 1 of studies not in the export, "
        "2 of studies that are odd)"
    ]


names = st.lists(st.sampled_from(list(L)), unique=True, min_size=1).flatmap(
    lambda old: st.tuples(st.just(old), st.permutations(old))
)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@given(names, texts, texts)
def test_any_verdict_survives_the_file(tmp_path_factory, pairs, note, reviewer):
    verdict = Verdict(
        study_uid="1.2",
        verdict="relabel",
        relabel=dict(zip(*pairs, strict=True)),
        note=note.strip(),
        reviewer=reviewer.strip(),
        reviewed_on=date(2026, 11, 22),
    )
    relabel = " ".join(f"{old.name}={new.name}" for old, new in verdict.relabel.items())
    cells = row(verdict="relabel", relabel=relabel, note=note, reviewer=reviewer)
    path = tmp_path_factory.mktemp("review") / "review.csv"
    assert read_review(write_rows(path, REVIEW_COLUMNS, [cells])) == {"1.2": verdict}
