"""The numbers of the whole path are those that were kept: tests.golden.make says how."""

import re

import pytest

from tests.golden.make import FILES, GOLDEN, read, run

_NUMBER = re.compile(r"-?\d+(?:\.\d+)*(?:e-?\d+)?")

#: How far a number may move between processors and versions of libraries, which add up in orders
#: of their own: half of one decimal, and a voxel or two of a volume.
WITHIN = {"mm3": {"rel": 0.01}, "detail": {"rel": 0.01}, "p": {"abs": 2e-3}}
USUALLY = {"abs": 0.05}

#: Pooled values come of counts alone.
POOLED = {"rel": 1e-4}


def alike(found, kept, **reach):
    """Say whether two cells hold the same words, and numbers that are within reach."""
    ours, theirs = _NUMBER.findall(found), _NUMBER.findall(kept)
    same_words = _NUMBER.sub("#", found) == _NUMBER.sub("#", kept)
    return same_words and all(_is_near(a, b, reach) for a, b in zip(ours, theirs, strict=True))


def _is_near(ours, theirs, reach):
    # A UID has more than one point, and is no number.
    if ours == theirs or max(ours.count("."), theirs.count(".")) > 1:
        return ours == theirs
    return float(ours) == pytest.approx(float(theirs), **reach)


def within(file, column):
    if file == "summary.csv":
        return POOLED
    first, last = column.split("_")[0], column.split("_")[-1]
    return WITHIN.get(last) or WITHIN.get(first, USUALLY)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return run(tmp_path_factory.mktemp("golden"))


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_the_one_that_was_kept(made, name):
    found, kept = read(made[name]), read(GOLDEN / name)
    assert [list(row) for row in found] == [list(row) for row in kept]
    moved = [
        f"row {n}, {column}: {row[column]} for {cell}"
        for n, (row, before) in enumerate(zip(found, kept, strict=True), 1)
        for column, cell in before.items()
        if not alike(row[column], cell, **within(name, column))
    ]
    assert not moved, "write the files again if this is meant: python -m tests.golden.make"


def test_the_five_patients_end_in_every_way():
    results = read(GOLDEN / "results.csv")
    assert {row["category"] for row in results} == {"normal", "osteopenia", "osteoporosis", ""}
    assert [row["status"] for row in results].count("rejected") == 1
    assert {"metal", "truncated"} <= {row["reason"] for row in read(GOLDEN / "vertebrae.csv")}


@pytest.mark.parametrize(
    ("found", "kept", "same"),
    [
        ("L1;L2", "L1;L2", True),
        ("L1;L2", "L1;L3", False),
        ("L1", "L1;L2", False),
        ("68.61", "68.6", True),
        ("68.7", "68.6", False),
        ("", "0.0", False),
        ("2.25.123", "2.25.124", False),
        ("found 3 mm3 of metal", "found 4 mm3 of metal", False),
        ("screened", "rejected", False),
    ],
)
def test_cells_are_compared_in_words_and_numbers(found, kept, same):
    assert alike(found, kept, **USUALLY) is same


def test_each_kind_of_number_has_a_reach_of_its_own():
    assert within("summary.csv", "estimate") == POOLED
    assert within("vertebrae.csv", "body_volume_mm3") == WITHIN["mm3"]
    assert within("results.csv", "p_normal") == WITHIN["p"]
    assert within("results.csv", "bmd_mg_cm3") == USUALLY
